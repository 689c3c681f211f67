from talaria_exec.testing.box import Box

ASK = 'for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT GIT_SSL_CAINFO CURL_CA_BUNDLE NPM_CONFIG_CAFILE; do printf "%s\\n" "${!name}"; done; echo "$NODE_EXTRA_CA_CERTS"'


def test_jobs_trust_the_authority_of_the_platform_from_when_it_is_there(tmp_path):
    authority = tmp_path / "authority.crt"
    box = Box(environment={"TALARIA_EXEC_CA": str(authority)})
    try:
        assert box.run(ASK).output.strip() == b""
        authority.write_text("-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n")
        *bundles, node = box.run(ASK).output.decode().split()
        assert node == str(authority) and len(set(bundles)) == 1 and len(bundles) == 6
        content = box.run(f"cat {bundles[0]}").output
        assert content.endswith(authority.read_bytes()) and not bundles[0].startswith(str(box.workspace))
        authority.write_text("another\n")
        assert box.run(f"cat {bundles[0]}").output.endswith(b"another\n")
        assert box.run("echo $CURL_CA_BUNDLE", env={"CURL_CA_BUNDLE": "own"}).output == b"own\n"
    finally:
        box.close()
