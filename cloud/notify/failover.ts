/** Tries the providers of a channel in order until one accepts a message, and limits how many of them may charge for it. */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import type { OutgoingMessage, Provider, Providers } from "./providers/provider.ts";

/** The tries for a message so far. Plain data, stored with a notice between its tries. */
export interface Trail {
  readonly tries: number;
  /** Providers that refused the message, or must not get it twice. */
  readonly closed: readonly string[];
  /** Providers that refuse every message, until an administrator has mended their configuration. */
  readonly barred: readonly string[];
  /** Providers that charge for messages and may have accepted this message. */
  readonly doubted: readonly string[];
  /** The last failure. */
  readonly error: string | null;
}
export const NO_TRAIL: Trail = { tries: 0, closed: [], barred: [], doubted: [], error: null };

export type Round =
  | { readonly kind: "taken"; readonly provider: string; readonly trail: Trail }
  /** No provider is left to try. */
  | { readonly kind: "given_up"; readonly trail: Trail }
  | { readonly kind: "again"; readonly trail: Trail };

export interface Failover {
  /** Tries each provider that is left once. Calls `isOver` before each try. */
  round(message: OutgoingMessage, trail: Trail, isOver: () => boolean): Promise<Round>;
}

/**
 * If a provider that charges may have accepted a message, one more such provider is tried, but not a third one. At
 * worst the message costs twice and the user gets the same code twice.
 */
const MOST_DOUBTED = 2;
/** Time for which a failed provider is tried last, so that codes do not all wait for a first provider that is down. */
const SICK_MS = 30_000;

export function createFailover({
  providers,
  clock,
  log,
}: {
  readonly providers: Providers;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}): Failover {
  const sickUntil = new Map<Provider, number>();
  const isSick = (provider: Provider): boolean => (sickUntil.get(provider) ?? 0) > clock.monotonicMs();
  const inOrder = (channel: Channel): Provider[] => {
    const all = providers[channel] as readonly Provider[];
    return [...all.filter((provider) => !isSick(provider)), ...all.filter(isSick)];
  };

  function mayAsk(provider: Provider, { closed, barred, doubted }: Trail): boolean {
    if (closed.includes(provider.name) || barred.includes(provider.name)) return false;
    return !provider.costs || doubted.includes(provider.name) || doubted.length < MOST_DOUBTED;
  }

  async function ask(provider: Provider, message: OutgoingMessage, before: Trail): Promise<Round> {
    const answer = await provider.send(message);
    const trail = { ...before, tries: before.tries + 1 };
    if (answer.kind === "taken") {
      sickUntil.delete(provider);
      return { kind: "taken", provider: provider.name, trail };
    }
    const { kind, why } = answer;
    const isBarred = kind === "refused" && answer.of === "provider";
    if (kind !== "refused" || isBarred) sickUntil.set(provider, clock.monotonicMs() + SICK_MS);
    log[trail.tries === 1 ? "warn" : "debug"]("notify.provider.failed", {
      tenantId: message.tenantId,
      correlationId: message.correlationId,
      deliveryId: message.id,
      channel: message.content.channel,
      provider: provider.name,
      answer: kind,
      why,
    });
    const doubtful = kind === "doubtful";
    const isClosed = (kind === "refused" && !isBarred) || (doubtful && !provider.repeatable);
    const isDoubted = doubtful && provider.costs && !before.doubted.includes(provider.name);
    return {
      kind: "again",
      trail: {
        tries: trail.tries,
        closed: isClosed ? [...before.closed, provider.name] : before.closed,
        barred: isBarred ? [...before.barred, provider.name] : before.barred,
        doubted: isDoubted ? [...before.doubted, provider.name] : before.doubted,
        error: `${provider.name}: ${why}`,
      },
    };
  }

  return {
    async round(message, before, isOver) {
      let trail = before;
      const all = inOrder(message.content.channel);
      for (const provider of all) {
        if (isOver()) break;
        if (!mayAsk(provider, trail)) continue;
        const result = await ask(provider, message, trail);
        if (result.kind === "taken") return result;
        ({ trail } = result);
      }
      return { kind: all.some((provider) => mayAsk(provider, trail)) ? "again" : "given_up", trail };
    },
  };
}
