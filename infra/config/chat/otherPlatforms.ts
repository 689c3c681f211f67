/** The platforms that few use, in the same form; and those of Hermes that cannot work here, each with the reason. */
import { address, flag, ids, one, word } from "./fields.ts";
import { type ChatPlatform, type ChatValues, whoMay } from "./platform.ts";

const some = [/^[^\s,]+$/, "is empty, or has a space or comma in it"] as const;
const anything = [/^[^\r\n]+$/, "is empty, or has a new line in it"] as const;
const email = [/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/, "is not an e-mail address"] as const;
const host = [/^[a-z0-9.-]+$/i, "is not a hostname"] as const;
const port = [/^[1-9]\d{0,4}$/, "is not a port"] as const;
const phone = [/^\+\d{6,15}$/, "is not a telephone number such as +491701234567"] as const;
const matrixUser = [/^@[^\s:,]+:[^\s,]+$/, "is not a user id of Matrix, such as @me:example.org"] as const;
const matrixRoom = [/^[!#][^\s,]+$/, "is not a room of Matrix, such as !id:example.org"] as const;

const hostOf = (values: ChatValues, field: string) => {
  const value = values[field];
  return typeof value === "string" && URL.canParse(value) ? [new URL(value).hostname] : [];
};
const home = (environment: string, form: readonly [RegExp, string] = some) =>
  one("where scheduled jobs report", form, { environment });
const needed = { required: true } as const;

/** Names of {@link otherPlatforms}. */
export type OtherPlatform =
  | "matrix"
  | "mattermost"
  | "email"
  | "irc"
  | "ntfy"
  | "googleChat"
  | "dingtalk"
  | "feishu"
  | "wecom"
  | "weixin"
  | "qq"
  | "yuanbao"
  | "signal"
  | "simplex"
  | "homeassistant";

/** Key → platform, beside Slack, Telegram and Discord. */
export const otherPlatforms: Readonly<Record<OtherPlatform, ChatPlatform>> = {
  matrix: {
    label: "Matrix",
    hermes: "matrix",
    needs: [["matrixAccessToken", "matrixPassword"]],
    fields: {
      homeserver: address("its URL", ["https", "http"], { environment: "MATRIX_HOMESERVER", ...needed }),
      userId: one("the bot's own, with a password", matrixUser, { environment: "MATRIX_USER_ID" }),
      ...whoMay("MATRIX", "matrix", matrixUser),
      homeChannel: home("MATRIX_HOME_ROOM", matrixRoom),
      requireMention: flag("whether it answers in rooms only where it is mentioned", {
        environment: "MATRIX_REQUIRE_MENTION",
        setting: "matrix.require_mention",
      }),
      freeResponseRooms: ids("rooms where it needs no mention", matrixRoom, {
        environment: "MATRIX_FREE_RESPONSE_ROOMS",
      }),
      allowedRooms: ids("the only rooms where it answers", matrixRoom, { environment: "MATRIX_ALLOWED_ROOMS" }),
    },
    hosts: (values) => hostOf(values, "homeserver"),
    extra: "matrix",
  },
  mattermost: {
    label: "Mattermost",
    hermes: "mattermost",
    needs: [["mattermostToken"]],
    fields: {
      url: address("of the server", ["https", "http"], { environment: "MATTERMOST_URL", ...needed }),
      ...whoMay("MATTERMOST", "mattermost", some),
      homeChannel: home("MATTERMOST_HOME_CHANNEL"),
      replyMode: word("where answers go", ["thread", "off"], { environment: "MATTERMOST_REPLY_MODE" }),
      requireMention: flag("whether it answers in channels only where it is mentioned", {
        environment: "MATTERMOST_REQUIRE_MENTION",
        setting: "mattermost.require_mention",
      }),
      freeResponseChannels: ids("channels where it needs no mention", some, {
        environment: "MATTERMOST_FREE_RESPONSE_CHANNELS",
        setting: "mattermost.free_response_channels",
      }),
      allowedChannels: ids("the only channels where it answers", some, {
        environment: "MATTERMOST_ALLOWED_CHANNELS",
        setting: "mattermost.allowed_channels",
      }),
    },
    hosts: (values) => hostOf(values, "url"),
    extra: "messaging",
  },
  email: {
    label: "E-mail",
    hermes: "email",
    needs: [["emailPassword"]],
    fields: {
      address: one("the bot's own", email, { environment: "EMAIL_ADDRESS", ...needed }),
      imapHost: one("where mail comes in", host, { environment: "EMAIL_IMAP_HOST", ...needed }),
      smtpHost: one("where mail goes out", host, { environment: "EMAIL_SMTP_HOST", ...needed }),
      imapPort: one("993 without it", port, { environment: "EMAIL_IMAP_PORT" }),
      smtpPort: one("587 without it", port, { environment: "EMAIL_SMTP_PORT" }),
      authservId: one("the name that your mail server puts into Authentication-Results", host, {
        environment: "EMAIL_AUTHSERV_ID",
      }),
      ...whoMay("EMAIL", "email", email),
      homeChannel: home("EMAIL_HOME_ADDRESS", email),
    },
    hosts: undefined,
  },
  irc: {
    label: "IRC",
    hermes: "irc",
    needs: [],
    fields: {
      server: one("its hostname", host, { environment: "IRC_SERVER", ...needed }),
      channel: one("the one to join", anything, { environment: "IRC_CHANNEL", ...needed }),
      nickname: one("the bot's own", some, { environment: "IRC_NICKNAME" }),
      port: one("6697 without it", port, { environment: "IRC_PORT" }),
      useTls: flag("whether it encrypts", { environment: "IRC_USE_TLS" }),
      ...whoMay("IRC", "irc", some),
      homeChannel: home("IRC_HOME_CHANNEL"),
    },
    hosts: undefined,
  },
  ntfy: {
    label: "ntfy",
    hermes: "ntfy",
    needs: [],
    fields: {
      topic: one("the one it listens to", some, { environment: "NTFY_TOPIC", ...needed }),
      serverUrl: address("https://ntfy.sh without it", ["https", "http"], { environment: "NTFY_SERVER_URL" }),
      publishTopic: one("where answers go", some, { environment: "NTFY_PUBLISH_TOPIC" }),
      ...whoMay("NTFY", "ntfy", some),
      homeChannel: home("NTFY_HOME_CHANNEL"),
    },
    hosts: (values) => (values.serverUrl === undefined ? ["ntfy.sh"] : hostOf(values, "serverUrl")),
  },
  googleChat: {
    label: "Google Chat, by a Pub/Sub subscription",
    hermes: "google_chat",
    needs: [["googleChatServiceAccount"]],
    fields: {
      projectId: one("of Google Cloud", some, { environment: "GOOGLE_CHAT_PROJECT_ID", ...needed }),
      subscriptionName: one(
        "where events come from",
        [/^projects\/[^/\s]+\/subscriptions\/[^/\s]+$/, "is not projects/<project>/subscriptions/<name>"],
        { environment: "GOOGLE_CHAT_SUBSCRIPTION_NAME", ...needed },
      ),
      ...whoMay("GOOGLE_CHAT", "google_chat", email),
      homeChannel: home("GOOGLE_CHAT_HOME_CHANNEL"),
    },
    hosts: () => ["chat.googleapis.com", "pubsub.googleapis.com", "oauth2.googleapis.com"],
    extra: "google-chat",
  },
  dingtalk: {
    label: "DingTalk",
    hermes: "dingtalk",
    needs: [["dingtalkClientSecret"]],
    fields: {
      clientId: one("of the app", some, { environment: "DINGTALK_CLIENT_ID", ...needed }),
      ...whoMay("DINGTALK", "dingtalk", some),
      homeChannel: home("DINGTALK_HOME_CHANNEL"),
    },
    hosts: () => ["api.dingtalk.com", "*.dingtalk.com"],
    extra: "dingtalk",
  },
  feishu: {
    label: "Feishu and Lark",
    hermes: "feishu",
    needs: [["feishuAppSecret"]],
    fields: {
      appId: one("of the app", some, { environment: "FEISHU_APP_ID", ...needed }),
      domain: word("which of the two", ["feishu", "lark"], { environment: "FEISHU_DOMAIN" }),
      ...whoMay("FEISHU", "feishu", some),
      homeChannel: home("FEISHU_HOME_CHANNEL"),
    },
    hosts: ({ domain }) => (domain === "lark" ? ["*.larksuite.com"] : ["*.feishu.cn"]),
    extra: "feishu",
  },
  wecom: {
    label: "WeCom",
    hermes: "wecom",
    needs: [["wecomSecret"]],
    fields: {
      botId: one("of the bot", some, { environment: "WECOM_BOT_ID", ...needed }),
      websocketUrl: address("another address of its server", ["wss", "ws"], { environment: "WECOM_WEBSOCKET_URL" }),
      ...whoMay("WECOM", "wecom", some),
      homeChannel: home("WECOM_HOME_CHANNEL"),
    },
    hosts: (values) =>
      values.websocketUrl === undefined ? ["openws.work.weixin.qq.com"] : hostOf(values, "websocketUrl"),
    extra: "messaging",
  },
  weixin: {
    label: "Weixin",
    hermes: "weixin",
    needs: [["weixinToken"]],
    fields: {
      accountId: one("the bot's own", some, { environment: "WEIXIN_ACCOUNT_ID", ...needed }),
      ...whoMay("WEIXIN", "weixin", some),
      homeChannel: home("WEIXIN_HOME_CHANNEL"),
    },
    hosts: () => ["ilinkai.weixin.qq.com", "novac2c.cdn.weixin.qq.com"],
    extra: "messaging",
  },
  qq: {
    label: "QQ",
    hermes: "qqbot",
    needs: [["qqClientSecret"]],
    fields: {
      appId: one("of the bot", some, { environment: "QQ_APP_ID", ...needed }),
      ...whoMay("QQ", "qqbot", some),
      homeChannel: home("QQBOT_HOME_CHANNEL"),
    },
    hosts: () => ["bots.qq.com", "*.sgroup.qq.com"],
    extra: "messaging",
  },
  yuanbao: {
    label: "Yuanbao",
    hermes: "yuanbao",
    needs: [["yuanbaoAppSecret"]],
    fields: {
      appId: one("of the app", some, { environment: "YUANBAO_APP_ID", ...needed }),
      ...whoMay("YUANBAO", "yuanbao", some),
      homeChannel: home("YUANBAO_HOME_CHANNEL"),
    },
    hosts: () => ["bot.yuanbao.tencent.com", "bot-wss.yuanbao.tencent.com"],
    extra: "messaging",
  },
  signal: {
    label: "Signal, by a signal-cli of yours that serves HTTP",
    hermes: "signal",
    needs: [],
    fields: {
      httpUrl: address("of signal-cli", ["https", "http"], { environment: "SIGNAL_HTTP_URL", ...needed }),
      account: one("the bot's own number", phone, { environment: "SIGNAL_ACCOUNT", ...needed }),
      ...whoMay("SIGNAL", "signal", some),
      homeChannel: home("SIGNAL_HOME_CHANNEL"),
    },
    hosts: (values) => hostOf(values, "httpUrl"),
  },
  simplex: {
    label: "SimpleX, by a simplex-chat of yours",
    hermes: "simplex",
    needs: [],
    fields: {
      wsUrl: address("of simplex-chat", ["wss", "ws"], { environment: "SIMPLEX_WS_URL", ...needed }),
      ...whoMay("SIMPLEX", "simplex", some),
      homeChannel: home("SIMPLEX_HOME_CHANNEL"),
    },
    hosts: (values) => hostOf(values, "wsUrl"),
  },
  homeassistant: {
    label: "Home Assistant, up to Hermes 0.19",
    hermes: "homeassistant",
    needs: [["homeassistantToken"]],
    fields: { url: address("of Home Assistant", ["https", "http"], { environment: "HASS_URL", ...needed }) },
    hosts: (values) => hostOf(values, "url"),
    extra: "messaging",
  },
};

const inbound = "has to be called from outside on a port of its own, and Talaria leads no request to one";
/** Platforms of Hermes that cannot work in a sealed container: name → why, completing "<platform> …". */
export const impossiblePlatforms: Readonly<Record<string, string>> = {
  whatsapp: "pairs by a QR code and runs a bridge in Node, which the image does not have",
  whatsappCloud: inbound,
  teams: inbound,
  line: inbound,
  sms: inbound,
  bluebubbles: inbound,
  a2a: inbound,
  photon: "runs a sidecar in Node, which the image does not have",
  buzz: "needs the program buzz, which the image does not have",
  raft: "needs the program raft, which the image does not have",
};
