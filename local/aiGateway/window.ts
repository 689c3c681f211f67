/** How much there was within a time, as Cloudflare counts it: in windows that begin with the clock. */

/** `fixed`: the present window alone. `sliding`: and of the one before as much as still lies within a window's length. */
export type Technique = "fixed" | "sliding";

/** One counter. */
export class Window {
  private readonly seconds: number;
  private index = 0;
  private now = 0;
  private before = 0;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  /** @param at milliseconds since 1970 */
  add(amount: number, at: number): void {
    this.turn(at);
    this.now += amount;
  }

  /** @param at milliseconds since 1970 */
  sum(technique: Technique, at: number): number {
    this.turn(at);
    if (technique === "fixed") return this.now;
    const passed = (at / 1000 / this.seconds) % 1;
    return this.now + this.before * (1 - passed);
  }

  private turn(at: number): void {
    const index = Math.floor(at / 1000 / this.seconds);
    if (index === this.index) return;
    this.before = index === this.index + 1 ? this.now : 0;
    this.now = 0;
    this.index = index;
  }
}
