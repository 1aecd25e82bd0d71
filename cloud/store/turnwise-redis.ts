/** A Redis connection that sends all commands of one turn of the event loop together, in one system call. */
import { Redis } from "ioredis";

export class TurnwiseRedis extends Redis {
  #corked = false;

  override sendCommand(...args: Parameters<Redis["sendCommand"]>): ReturnType<Redis["sendCommand"]> {
    this.#cork();
    return super.sendCommand(...args);
  }

  /**
   * Holds commands back until this turn of the event loop ends: by then all replies read in it have issued their next
   * commands.
   */
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
