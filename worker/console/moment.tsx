/** Points in time. Without a script they stand in UTC; the script writes them as the reader's clock, or as an age that goes on. */

/** `ago`: 3 min ago, in 2 h. `for`: how long since. `clock`: the reader's date and time. `short`: the same with seconds, without the date if it is today. */
export type TimeForm = "ago" | "for" | "clock" | "short";

const form = new Intl.DateTimeFormat("en-GB", {
  ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  timeZone: "UTC",
});

/** One point in time, ISO 8601. What is none stands there as it came. */
export function Moment({ at, as = "ago" }: { readonly at: string; readonly as?: TimeForm }) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return <span>{at}</span>;
  return (
    <time datetime={time.toISOString()} data-as={as}>
      {form.format(time)} UTC
    </time>
  );
}
