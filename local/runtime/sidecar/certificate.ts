/**
 * The authority that the stand-in names where a Worker asks for HTTPS interception. It signs nothing: its key was never kept.
 * Programs in the container add it to what they trust, so it has to be a certificate that they can read.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBtjCCAVugAwIBAgIUQfF4Sf20mynzHCyy4QZsLPgN//cwCgYIKoZIzj0EAwIw
LzEtMCsGA1UEAwwkVGFsYXJpYSBzdGFuZC1pbjogaW50ZXJjZXB0cyBub3RoaW5n
MCAXDTI2MTEyMTIyNTAzM1oYDzIxMjYxMDI4MjI1MDMzWjAvMS0wKwYDVQQDDCRU
YWxhcmlhIHN0YW5kLWluOiBpbnRlcmNlcHRzIG5vdGhpbmcwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAST9g82JI5bnBxpX6dGXrWiRJQugl4p/aHg3YiIapIZIcW6
r/UNRBhaeIwA/xyV5I4cZHs+3v2TU0mtNpxZMjGWo1MwUTAdBgNVHQ4EFgQUWCMJ
Rfcy6ilMeu1JyJ9uB98pcLkwHwYDVR0jBBgwFoAUWCMJRfcy6ilMeu1JyJ9uB98p
cLkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAyvmF5yDK2q+m
gvj9IgKLtvHRsKAhTLGy/a+38Cwv+/gCIQCWbt4xqhvw1GrbRthuLm4wsIo70hpX
0Oc5ieNXO0K1VA==
-----END CERTIFICATE-----
`;
