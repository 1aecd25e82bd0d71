/** Notices a link that is half-open: the other side is gone, and no RST will ever say so. Both sides run one. */
import type { Clock } from "../clock.ts";

export interface HeartbeatOptions {
  /** Silence after which the other side is pinged, and after which it is dead, milliseconds. */
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly ping: () => void;
  /** Called once; the heartbeat has stopped then. */
  readonly onDead: () => void;
}

export interface Heartbeat {
  /** Something came from the other side: a message, a ping, a pong. */
  heard(): void;
  stop(): void;
}

/** One timer for each link, set again only when it fires: it costs nothing for each message. */
export function startHeartbeat({
  pingAfterMs,
  deadAfterMs,
  clock,
  ping,
  onDead,
}: HeartbeatOptions): Heartbeat {
  let heardAt = clock.monotonicMs();
  let stopped = false;
  let timer: NodeJS.Timeout;

  const silenceMs = (): number => clock.monotonicMs() - heardAt;
  const look = (afterMs: number, step: () => void): void => {
    timer = setTimeout(step, Math.max(afterMs, 1));
  };

  function onQuiet(): void {
    const leftMs = pingAfterMs - silenceMs();
    if (leftMs > 0) {
      look(leftMs, onQuiet);
      return;
    }
    const pingedAt = clock.monotonicMs();
    ping();
    look(deadAfterMs - pingAfterMs, () => {
      // What arrived while this process itself was frozen is still unread: one turn of the event loop before judging.
      setImmediate(() => {
        if (stopped) return;
        if (heardAt >= pingedAt) onQuiet();
        else {
          stopped = true;
          onDead();
        }
      });
    });
  }

  look(pingAfterMs, onQuiet);
  return {
    heard() {
      heardAt = clock.monotonicMs();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
