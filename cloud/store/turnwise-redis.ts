/** A connection whose commands of one turn of the event loop leave together: one system call, whatever their number. */
import { Redis } from "ioredis";

export class TurnwiseRedis extends Redis {
  #corked = false;

  override sendCommand(...args: Parameters<Redis["sendCommand"]>): ReturnType<Redis["sendCommand"]> {
    this.#cork();
    return super.sendCommand(...args);
  }

  /** Until this turn of the event loop is over: by then all that has arrived has been answered with what it asks next. */
  #cork(): void {
    const { stream } = this;
    if (this.#corked || this.status !== "ready") return;
    this.#corked = true;
    stream.cork();
    setImmediate(() => {
      this.#corked = false;
      stream.uncork();
    });
  }
}
