/** A bucket that fails as told. What is told is forgotten with the isolate, as every upload does it. */

/** Counted by who asks and what for. */
const counts = new Map();
/** @type {{who?: string, op?: string, key?: string, skip?: number, times?: number, act: "fail" | "slow" | "hold", ms?: number}[]} */
let rules = [];
/** @type {string[]} */
let held = [];

/**
 * What was counted, what is held, how often the rules still apply; then `POST {rules}` replaces them and releases what is held.
 * @param {Request} request
 */
export async function tellR2(request) {
  const left = rules.reduce((sum, { times = 1 }) => sum + times, 0);
  const answer = { counts: Object.fromEntries(counts), held, left };
  if (request.method === "POST") {
    ({ rules } = await request.json());
    held = [];
  }
  if (request.method === "DELETE") counts.clear();
  return Response.json(answer);
}

/** @param {R2Bucket} bucket @param {string} who */
export function shaky(bucket, who) {
  return new Proxy(bucket, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (/** @type {any[]} */ ...given) => {
        const op = String(name);
        await obey(who, op, keyOf(op, given[0]));
        return value.apply(target, given);
      };
    },
  });
}

/** @param {string} op @param {any} first */
function keyOf(op, first) {
  if (op === "list") return first?.prefix ?? "";
  return Array.isArray(first) ? (first[0] ?? "") : String(first);
}

/** @param {string} who @param {string} op @param {string} key */
async function obey(who, op, key) {
  const name = `${who} ${op} ${key.split("/")[0]}`;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const rule = rules.find(
    (one) => (one.who ?? who) === who && (one.op ?? op) === op && key.startsWith(one.key ?? "") && (one.times ?? 1) > 0,
  );
  if (!rule) return;
  if (rule.skip) {
    rule.skip--;
    return;
  }
  rule.times = (rule.times ?? 1) - 1;
  if (rule.act === "slow") await new Promise((resolve) => setTimeout(resolve, rule.ms ?? 1000));
  if (rule.act === "hold") {
    const before = rules;
    held.push(`${who} ${op} ${key}`);
    for (let waited = 0; rules === before && waited < 30_000; waited += 20)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (rule.act === "fail") throw new Error(`${op}: We encountered an internal error. Please try again. (10001)`);
}
