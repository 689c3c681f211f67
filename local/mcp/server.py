"""A small MCP server on the real SDK, for tests: by standard input and output, or with `--http PORT` by HTTP behind a login.

The login is OAuth as the SDK serves it: clients register themselves, PKCE is asked for, and whoever opens the address is let in.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import time
from pathlib import Path

from mcp.server.auth.provider import AccessToken, AuthorizationCode, AuthorizationParams, RefreshToken, construct_redirect_uri
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from mcp.types import SamplingMessage, TextContent


class OpenLogin:
    """An authorization server that lets everybody in, and forgets all when it ends."""

    def __init__(self) -> None:
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.tokens: dict[str, AccessToken] = {}
        self.refreshes: dict[str, RefreshToken] = {}

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[str(client_info.client_id)] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = AuthorizationCode(
            code=code,
            scopes=params.scopes or [],
            expires_at=time.time() + 300,
            client_id=str(client.client_id),
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        return construct_redirect_uri(str(params.redirect_uri), code=code, state=params.state)

    async def load_authorization_code(self, client: OAuthClientInformationFull, authorization_code: str) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._token(str(client.client_id), authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> RefreshToken | None:
        return self.refreshes.get(refresh_token)

    async def exchange_refresh_token(self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]) -> OAuthToken:
        return self._token(str(client.client_id), scopes, None)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.tokens.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.tokens.pop(token.token, None)

    def _token(self, client_id: str, scopes: list[str], resource: str | None) -> OAuthToken:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.tokens[access] = AccessToken(token=access, client_id=client_id, scopes=scopes, resource=resource, expires_at=int(time.time()) + 3600)
        self.refreshes[refresh] = RefreshToken(token=refresh, client_id=client_id, scopes=scopes)
        return OAuthToken(access_token=access, token_type="Bearer", expires_in=3600, scope=" ".join(scopes), refresh_token=refresh)


def add_tools(server: MCPServer) -> None:
    """What a client may call."""

    @server.tool()
    def where() -> str:
        """Where this server runs, and what it was given."""
        return json.dumps({"folder": os.getcwd(), "pid": os.getpid(), "given": os.environ.get("GIVEN"), "key": os.environ.get("API_SERVER_KEY")})

    @server.tool()
    def read_note(path: str) -> str:
        """A file's text, by its path from where this server runs."""
        file = Path(path)
        return file.read_text(encoding="utf-8") if file.exists() else f"no {path} here"

    @server.tool()
    def hidden() -> str:
        """Nobody should be offered this."""
        return "found the hidden tool"

    @server.tool()
    async def ask_model(question: str, context: Context) -> str:
        """Ask the client's own model."""
        message = SamplingMessage(role="user", content=TextContent(type="text", text=question))
        answer = await context.session.create_message([message], max_tokens=100_000)
        return f"the model said: {getattr(answer.content, 'text', answer.content)}"


def main() -> None:
    """Serve until the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", type=int)
    port = parser.parse_args().http
    if port is None:
        server = MCPServer("test")
        add_tools(server)
        server.run("stdio")
        return
    own = f"http://127.0.0.1:{port}"
    registration = ClientRegistrationOptions(enabled=True, valid_scopes=["use"], default_scopes=["use"])
    auth = AuthSettings.model_validate(
        {
            "issuer_url": own,
            "resource_server_url": f"{own}/mcp",
            "required_scopes": ["use"],
            "client_registration_options": registration,
            "validate_token_resource": False,
        }
    )
    server = MCPServer("test", auth=auth, auth_server_provider=OpenLogin())
    add_tools(server)
    server.run("streamable-http", host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
