import { describe, expect, it } from "vitest";
import { type AlarmCode, alarmCodes } from "../declarationSchema.ts";
import { asAlarm, type Book, current, emptyBook, type Finding, type News, turn, withTold, withTried } from "./book.ts";
import { causes } from "./causes.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const noUnknown: ReadonlySet<AlarmCode> = new Set();

/** A book that is looked at once a minute. */
function aDesk(patience: Parameters<typeof turn>[2] = { holdSeconds: {} }) {
  let book: Book = emptyBook;
  let now = start;
  const news: News[] = [];
  const look = (present: readonly Finding[], unknown = noUnknown) => {
    const turned = turn(book, { present, unknown }, patience, now);
    // A reset object reads what was stored.
    book = JSON.parse(JSON.stringify(turned.book));
    news.push(...turned.news);
    now += 60_000;
    return turned.news.map(({ kind }) => kind);
  };
  const looks = (times: number, present: readonly Finding[], unknown = noUnknown) => {
    for (let time = 0; time < times; time++) look(present, unknown);
  };
  return { look, looks, news, book: () => book, set: (next: Book) => (book = next), now: () => now };
}

const finding = (code: AlarmCode, about = ""): Finding => ({ code, about, what: `${code} is so` });
const kinds = (news: readonly News[]) => news.map(({ kind, entry }) => `${kind} ${entry.code}${entry.about}`);

describe("the book of alarms", () => {
  it.each(alarmCodes)("tells of %s once, and once that it is over", (code) => {
    const desk = aDesk();
    desk.looks(15, [finding(code)]);
    desk.looks(20, []);
    expect(kinds(desk.news)).toEqual([`raised ${code}`, `resolved ${code}`]);
    expect(desk.book()).toMatchObject({ entries: [], past: [{ code }] });
  });

  it.each(alarmCodes.filter((code) => causes[code].looks > 1))("does not tell of %s that one look met", (code) => {
    const desk = aDesk();
    for (let time = 0; time < 10; time++) {
      desk.look([finding(code)]);
      desk.look([]);
    }
    expect(desk.news).toEqual([]);
  });

  it("counts what comes back within minutes as the same alarm", () => {
    const desk = aDesk();
    for (let time = 0; time < 4; time++) {
      desk.looks(3, [finding("chatDeaf", "slack")]);
      desk.looks(2, []);
    }
    desk.looks(10, []);
    expect(kinds(desk.news)).toEqual(["raised chatDeafslack", "resolved chatDeafslack"]);
    expect(desk.news[1]?.entry.flaps).toBe(3);
  });

  it("says nothing of what a worse finding takes the place of, and tells it anew where that is over", () => {
    const desk = aDesk();
    const half = finding("spendNearCap", "50%");
    const whole = { ...finding("spendCapReached", "day"), insteadOf: [half] };
    desk.look([half]);
    desk.look([whole]);
    expect(current(desk.book()).map(({ code }) => code)).toEqual(["spendCapReached"]);
    expect(desk.book().past.map(({ about }) => about)).toEqual(["50%"]);
    desk.look([half]); // the cap was raised
    desk.look([]); // another day
    expect(kinds(desk.news)).toEqual([
      "raised spendNearCap50%",
      "raised spendCapReachedday",
      "resolved spendCapReachedday",
      "raised spendNearCap50%",
      "resolved spendNearCap50%",
    ]);
  });

  it("is over when it was first gone, not when that was believed", () => {
    const desk = aDesk();
    desk.looks(4, [finding("chatDeaf", "slack")]);
    desk.looks(10, []);
    const [over] = desk.book().past;
    expect(over && asAlarm(over, "", true)).toMatchObject({
      since: "2026-11-21T12:00:00.000Z",
      until: "2026-11-21T12:04:00.000Z",
      state: "resolved",
    });
  });

  it("leaves what cannot be told as it is, neither told nor over", () => {
    const desk = aDesk();
    const unknown = new Set<AlarmCode>(["chatDeaf", "errorRate"]);
    desk.looks(4, [finding("chatDeaf", "slack")]);
    desk.look([finding("errorRate")]); // chatDeaf is gone for a moment
    desk.looks(30, [], unknown);
    expect(kinds(desk.news)).toEqual(["raised chatDeafslack"]);
    expect(current(desk.book())).toMatchObject([{ code: "chatDeaf" }]);
    desk.look([]);
    expect(kinds(desk.news)).toEqual(["raised chatDeafslack", "resolved chatDeafslack"]);
  });

  it("tells of two platforms twice", () => {
    const desk = aDesk();
    desk.looks(5, [finding("chatDeaf", "slack"), finding("chatDeaf", "telegram")]);
    expect(kinds(desk.news)).toEqual(["raised chatDeafslack", "raised chatDeaftelegram"]);
  });

  it("takes a declared time instead of the table's", () => {
    const desk = aDesk({ holdSeconds: { chatDeaf: 0 }, goneSeconds: 0 });
    expect(desk.look([finding("chatDeaf", "slack")])).toEqual(["raised"]);
    expect(desk.look([])).toEqual(["resolved"]);
  });

  it("goes by a clock that is put back", () => {
    const late = turn(emptyBook, { present: [finding("notStarting")], unknown: noUnknown }, { holdSeconds: {} }, start);
    let { book } = late;
    const told: News[] = [];
    for (let minute = -60; minute < -50; minute++) {
      const turned = turn(
        book,
        { present: [finding("notStarting")], unknown: noUnknown },
        { holdSeconds: {} },
        start + minute * 60_000,
      );
      book = turned.book;
      told.push(...turned.news);
    }
    expect(kinds(told)).toEqual(["raised notStarting"]);
  });

  it("remembers what was tried, and who was told", () => {
    const desk = aDesk();
    desk.look([finding("gatewayDown")]);
    const [news] = desk.news;
    const at = "2026-11-21T12:00:01.000Z";
    const tried = { at, what: "it was started again", outcome: "ready after 12 seconds" };
    desk.set(withTried(desk.book(), { code: "gatewayDown", about: "" }, tried));
    desk.set(withTold(desk.book(), news?.entry.id ?? 0, { channel: "webhook", at, problem: "status 500" }));
    desk.set(withTold(desk.book(), news?.entry.id ?? 0, { channel: "webhook", at, problem: null }));
    desk.looks(10, []);
    const [over] = desk.book().past;
    expect(over).toMatchObject({ tried: [tried], told: [{ channel: "webhook", problem: null }] });
  });

  it("keeps the last fifty that are over", () => {
    const desk = aDesk({ holdSeconds: {}, goneSeconds: 0 });
    for (let time = 0; time < 60; time++) {
      desk.look([finding("drillFailed", String(time))]);
      desk.look([]);
    }
    expect(
      desk
        .book()
        .past.map(({ about }) => about)
        .slice(0, 2),
    ).toEqual(["59", "58"]);
    expect(desk.book().past).toHaveLength(50);
  });
});
