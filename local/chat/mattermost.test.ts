import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { type RunningMattermost, startMattermost } from "./mattermost.ts";

let mattermost: RunningMattermost;
const clients: WebSocket[] = [];

beforeEach(async () => {
  mattermost = await startMattermost();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await mattermost.close();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${mattermost.url}/api/v4/${path}`, { ...init, headers: { authorization: `Bearer ${mattermost.token}` } });
const logIn = () => ask("users/me").then((response) => response.json());

/** A client that has authenticated, and what it hears. */
async function listen(token = mattermost.token): Promise<{ client: WebSocket; heard: unknown[]; pongs: number[] }> {
  const client = new WebSocket(`${mattermost.url.replace("http", "ws")}/api/v4/websocket`);
  clients.push(client);
  const heard: unknown[] = [];
  const pongs: number[] = [];
  client.on("message", (raw) => heard.push(JSON.parse(String(raw))));
  client.on("pong", () => pongs.push(Date.now()));
  await new Promise((resolve, reject) => client.once("open", resolve).once("error", reject));
  client.send(JSON.stringify({ seq: 1, action: "authentication_challenge", data: { token } }));
  return { client, heard, pongs };
}

const closed = (client: WebSocket) => new Promise<void>((resolve) => client.once("close", () => resolve()));

it("tells a bot what a person writes to it, and keeps what it answers", async () => {
  expect(await logIn()).toMatchObject({ username: "hermes" });
  const { heard } = await listen();
  await expect.poll(() => heard).toHaveLength(2);
  expect(mattermost.listeners()).toBe(1);
  mattermost.say("hello");
  await expect.poll(() => heard).toHaveLength(3);
  const { event, data } = heard[2] as { event: string; data: { post: string; channel_type: string } };
  expect([event, data.channel_type, JSON.parse(data.post).message]).toEqual(["posted", "D", "hello"]);

  const body = JSON.stringify({ channel_id: JSON.parse(data.post).channel_id, message: "hi" });
  const { id } = z.object({ id: z.string() }).parse(await (await ask("posts", { method: "POST", body })).json());
  await ask(`posts/${id}/patch`, { method: "PUT", body: JSON.stringify({ message: "hi Ann" }) });
  expect(mattermost.posts.map(({ message }) => message)).toEqual(["hi Ann"]);
});

it("refuses another token, and names what it does not know", async () => {
  expect((await fetch(`${mattermost.url}/api/v4/users/me`)).status).toBe(401);
  const { client } = await listen("another");
  await closed(client);
  expect((await ask("users/me/teams")).status).toBe(404);
  expect(mattermost.unknown).toEqual(["GET /api/v4/users/me/teams"]);
});

it("stays connected and says nothing while it is deaf, until a client logs in anew", async () => {
  const { client, heard, pongs } = await listen();
  await expect.poll(() => heard).toHaveLength(2);
  client.ping();
  await expect.poll(() => pongs).toHaveLength(1);

  mattermost.goDeaf("silent");
  mattermost.say("nobody hears this");
  client.ping();
  const late = new WebSocket(`${mattermost.url.replace("http", "ws")}/api/v4/websocket`);
  clients.push(late);
  late.on("error", () => {}); // it is cut before it was ever answered
  expect((await ask("users/someone")).status).toBe(404); // its REST API works on
  expect([client.readyState, late.readyState, mattermost.listeners()]).toEqual([
    WebSocket.OPEN,
    WebSocket.CONNECTING,
    0,
  ]);
  expect([heard.length, pongs.length]).toEqual([2, 1]);

  const gone = closed(client);
  await logIn();
  await gone;
  const { heard: again } = await listen();
  await expect.poll(() => again).toHaveLength(2);
});

it("cuts every connection while it drops them", async () => {
  const { client, heard } = await listen();
  await expect.poll(() => heard).toHaveLength(2);
  const gone = closed(client);
  mattermost.goDeaf("dropping");
  await gone;
  await expect(listen()).rejects.toThrow();
  mattermost.hear();
  await listen();
  await expect.poll(() => mattermost.listeners()).toBe(1);
});
