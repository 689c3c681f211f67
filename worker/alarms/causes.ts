/**
 * The one table of causes: when each is told, and what it means. The README's runbook is made of it
 * (`node worker/alarms/runbook.ts`).
 */
import type { AlarmCode } from "../declarationSchema.ts";

/** A cause of an alarm. */
export interface Cause {
  /** The bot does not do what it is for. */
  readonly urgent: boolean;
  /** Looks in a row (one a minute while the bot is up) that have to find it. */
  readonly looks: number;
  /** Seconds that it has to hold, counted from the first such look. */
  readonly holdSeconds: number;
  /** Why it has to hold so long. */
  readonly because: string;
  /** Seconds that it has to be gone until it is over: what comes back before is the same alarm. */
  readonly goneSeconds: number;
  /** Means something only of a bot that shall run: one that rests on purpose has no such cause. */
  readonly ofRunning: boolean;
  /** Mended by a new gateway, then by a new container, where the bot's own starts do not see it. */
  readonly remedied: boolean;
  /** What it means for whoever talks to the bot. */
  readonly means: string;
  /** What to look at. */
  readonly look: string;
  /** What to type; ` --stack X` follows. */
  readonly type: string;
}

const minutes = 60;
const once = { looks: 1, holdSeconds: 0 };

/** Every cause. */
export const causes: Readonly<Record<AlarmCode, Cause>> = {
  gaveUp: {
    ...once,
    urgent: true,
    because:
      "Five starts have failed before it, or one that no further try mends, or `talaria:restart` lets it stay down.",
    goneSeconds: 0,
    ofRunning: true,
    remedied: false,
    means: "Nobody gets an answer. It is tried once an hour from now on; one that stays down is not.",
    look: "Its last words: the reason of the last failed start. After an upgrade, what ran well before is the way back.",
    type: "./talaria logs --level error",
  },
  gatewayDown: {
    ...once,
    urgent: true,
    because: "The process or its container was seen to be gone; a slow answer is none of this.",
    goneSeconds: 5 * minutes,
    ofRunning: true,
    remedied: false,
    means: "What was being said when it ended is cut; until it is back, clients wait and chats are not heard.",
    look: "What Hermes logged last, and how much memory its container used.",
    type: "./talaria logs --level error",
  },
  notStarting: {
    urgent: true,
    looks: 2,
    holdSeconds: 4 * minutes,
    because: "A start from nothing takes minutes, and a failed one is tried again after seconds.",
    goneSeconds: 0,
    ofRunning: true,
    remedied: false,
    means: "Clients wait and are turned away after three minutes; chats are not heard.",
    look: "Which state it is in, and the last error.",
    type: "./talaria status",
  },
  gatewayWedged: {
    urgent: true,
    looks: 2,
    holdSeconds: 45,
    because: "One look may meet a moment of heavy work; the heartbeat's own limit is six beats.",
    goneSeconds: 3 * minutes,
    ofRunning: true,
    remedied: true,
    means: "Its process lives and does nothing: no chat and no client is answered.",
    look: "What it did last; a tool that blocks its event loop shows in the log.",
    type: "./talaria restart --gateway",
  },
  chatDeaf: {
    urgent: true,
    looks: 3,
    holdSeconds: 2 * minutes,
    because: "Platforms close sockets every few hours, and Hermes opens them again within a minute.",
    goneSeconds: 3 * minutes,
    ofRunning: true,
    remedied: true,
    means: "What is written to it there is not heard.",
    look: "The platform's own status page, and whether its tokens are still valid.",
    type: "./talaria restart --gateway",
  },
  jobMissed: {
    urgent: false,
    looks: 2,
    holdSeconds: 1 * minutes,
    because: "Hermes looks for due jobs once a minute.",
    goneSeconds: 1 * minutes,
    ofRunning: false,
    remedied: false,
    means: "Something that it was to do by itself was not done.",
    look: "The job, and whether the bot was up at its time.",
    type: "./talaria hermes -- cron list",
  },
  snapshotLate: {
    urgent: false,
    looks: 2,
    holdSeconds: 2 * minutes,
    because: "It is late after three intervals; the next try comes within minutes.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "What it has learned since would be lost with its container.",
    look: "Why the last one failed.",
    type: "./talaria snapshot",
  },
  drillFailed: {
    ...once,
    urgent: true,
    because: "A drill runs once in days and has tried whatever could be tried.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "A fresh container might not get its memory back.",
    look: "What it stumbled over; an older snapshot may be whole.",
    type: "./talaria drill",
  },
  drillLate: {
    ...once,
    urgent: false,
    because: "Twice the days between two drills have passed.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "Nobody has proved lately that its memory can be restored.",
    look: "Whether containers of the application care start.",
    type: "./talaria drill",
  },
  careFailed: {
    ...once,
    urgent: false,
    because: "It has tried whatever could be tried, and tries again by itself.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "Snapshots are not tidied: the bucket grows, and a check of what it holds is missing.",
    look: "Why it failed.",
    type: "./talaria care",
  },
  memoryAlarm: {
    ...once,
    urgent: false,
    because: "The memory raises it itself, once it is sure.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means:
      "A snapshot was lost, rotten, refused or mended: what the next container would know may be older than today.",
    look: "Which snapshot is promoted, and how old it is.",
    type: "./talaria snapshots",
  },
  modelFailing: {
    urgent: true,
    looks: 2,
    holdSeconds: 1 * minutes,
    because: "Hermes repeats a call that failed for about a minute by itself.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "It hears, and cannot think: every answer is an error.",
    look: "The provider's status page, the account's credit, and the key.",
    type: "./talaria logs --source worker --level warn",
  },
  canaryFailed: {
    ...once,
    urgent: true,
    because: "Two tiny turns in a row have failed, minutes apart.",
    goneSeconds: 0,
    ofRunning: true,
    remedied: false,
    means: "A whole turn, from its door to the model and back, does not work.",
    look: "What the turn met.",
    type: './talaria chat "are you there?"',
  },
  spendCapReached: {
    ...once,
    urgent: true,
    because: "It is counted, not measured.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "No model is asked until the day, or the month, is over: every answer is an error that says so.",
    look: "Which model and which session cost so much.",
    type: "./talaria cost",
  },
  spendNearCap: {
    ...once,
    urgent: false,
    because: "It is counted, not measured.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "Half, three quarters or nine tenths of what models may cost is spent; at all of it the bot falls silent.",
    look: "What it is spent on, and whether it will last.",
    type: "./talaria cost",
  },
  modelUnpriced: {
    ...once,
    urgent: false,
    because: "A model was asked for of which neither the kept table nor the stack knows a price.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means:
      "Where a cap is declared it is refused, unless talaria:spend.unknownPrice says otherwise: then no cap holds it, and its dollars count only where the provider says them.",
    look: "Its price at the provider, for talaria:spend.prices.",
    type: "./talaria cost",
  },
  errorRate: {
    urgent: false,
    looks: 2,
    holdSeconds: 2 * minutes,
    because: "A single failure may log many lines at once.",
    goneSeconds: 15 * minutes,
    ofRunning: true,
    remedied: false,
    means: "Something in it fails again and again; answers may lack what a tool should have given.",
    look: "What repeats in its log.",
    type: "./talaria logs --level error",
  },
  execFailed: {
    urgent: false,
    looks: 3,
    holdSeconds: 2 * minutes,
    because: "A reset of the object that answers lasts seconds.",
    goneSeconds: 0,
    ofRunning: true,
    remedied: false,
    means: "It talks, and cannot run a command.",
    look: "What the Worker says of the sandboxes.",
    type: "./talaria logs --source worker",
  },
  lookFailed: {
    urgent: true,
    looks: 3,
    holdSeconds: 90,
    because: "A look into a container that just ends or starts may fail once or twice.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "What goes wrong now might not be seen, nor mended by itself.",
    look: "What the look met.",
    type: "./talaria logs --source worker --level error",
  },
  channelFailed: {
    urgent: false,
    looks: 1,
    holdSeconds: 10 * minutes,
    because: "What one try could not deliver is tried again after half a minute, then less often.",
    goneSeconds: 0,
    ofRunning: false,
    remedied: false,
    means: "Alarms do not arrive there; the other channels have them.",
    look: "What it answers.",
    type: "./talaria alarms test",
  },
};
