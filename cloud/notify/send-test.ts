/** Sends a test message at once: tries the providers in order, once each, and returns what each of them answered. */
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import type { DeliveryStore, SendingResult } from "../store/deliveries.ts";
import type { Composer } from "./composer.ts";
import type { MessageRecords } from "./message-records.ts";
import type { TestAnswer, TestMessage, TestResult } from "./notifier.ts";
import type { Provider, Providers } from "./providers/provider.ts";

export interface TestSenderDeps {
  readonly providers: Providers;
  readonly records: Pick<MessageRecords, "plan">;
  readonly composer: Pick<Composer, "test">;
  readonly deliveries: Pick<DeliveryStore, "add" | "finish">;
  readonly log: Logger;
}

export async function sendTest(
  message: TestMessage,
  { providers, records, composer, deliveries, log }: TestSenderDeps,
): Promise<TestResult> {
  const { channel, provider: only } = message;
  const chosen = choose(providers, channel, only);
  const planned = records.plan({ ...message, kind: "test", expiresAt: null });
  if (planned.state === "failed")
    throw new AppError("REQUEST_INVALID", `to: nothing may be sent there: ${planned.error ?? ""}.`);
  const outgoing = await composer.test(planned.id, message);
  await deliveries.add(planned); // before sending: a provider's report must find the record
  const answers: TestAnswer[] = [];
  for (const provider of chosen) {
    const answer = await provider.send(outgoing);
    const said = answer.kind === "taken" ? answer.said : answer.why;
    answers.push({ provider: provider.name, answer: answer.kind, said });
    if (answer.kind === "taken") break;
  }
  const result = resultOf(answers);
  await deliveries.finish(planned, result);
  const { tenantId, correlationId, id: deliveryId } = planned;
  const { provider, tries, error: why } = result;
  log.info("notify.test.sent", { tenantId, correlationId, deliveryId, channel, provider, tries, why });
  return { delivery: { ...planned, ...result }, answers };
}

function choose(
  providers: Providers,
  channel: Channel,
  only: string | null,
): readonly Pick<Provider, "name" | "send">[] {
  const all: readonly Pick<Provider, "name">[] = providers[channel];
  const names = all.map(({ name }) => name);
  if (names.length === 0) throw new AppError("PROVIDER_MISSING");
  if (only !== null && !names.includes(only))
    throw new AppError(
      "REQUEST_INVALID",
      `provider: there is no provider ${only} for this channel, but: ${names.join(", ")}.`,
    );
  return (providers[channel] as readonly Provider[]).filter(({ name }) => only === null || name === only);
}

function resultOf(answers: readonly TestAnswer[]): SendingResult {
  const last = answers.at(-1);
  const tries = answers.length;
  return last?.answer === "taken"
    ? { state: "sent", provider: last.provider, tries, error: null }
    : {
        state: "failed",
        provider: null,
        tries,
        error: last === undefined ? null : `${last.provider}: ${last.said}`,
      };
}
