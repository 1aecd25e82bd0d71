/** Detects a half-open link, where the other side is gone and no RST ever arrives. Both sides run one. */
import type { Clock } from "../clock.ts";

export interface HeartbeatOptions {
  /** Silence after which the other side is pinged, and after which it counts as dead, milliseconds. */
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly ping: () => void;
  /** Called once. The heartbeat has stopped by then. */
  readonly onDead: () => void;
}

export interface Heartbeat {
  /** Call it for everything that arrives from the other side: a message, a ping, a pong. */
  heard(): void;
  stop(): void;
}

/** Uses one timer for each link and sets it again only when it fires, so that a message costs nothing. */
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
      // If this process itself was frozen, messages that arrived are still unread: read them before deciding.
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
