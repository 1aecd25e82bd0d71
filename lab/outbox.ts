/** Reads over HTTP what a cloud with `notify.outbox` has sent, as the user's phone and mailbox would show it. */
import type { Agent } from "node:http";
import { z } from "zod";
import { createVisitor } from "./visitor.ts";

const messageSchema = z.object({
  /** Increases with every message. */
  number: z.int(),
  /** "otp" or the kind of notice. */
  kind: z.string(),
  channel: z.enum(["text", "call", "email"]),
  to: z.string(),
  otp: z.string().nullable(),
  subject: z.string().nullable(),
  text: z.string(),
});
export type SentMessage = z.infer<typeof messageSchema>;
const outboxSchema = z.object({ messages: z.array(messageSchema) });

interface Wanted {
  readonly kind?: string;
  /** Lists only messages with a higher number. */
  readonly after?: number;
  readonly timeoutMs?: number;
}

export interface Outbox {
  /** Lists messages, newest first; all of the last 200 when no recipient is given. */
  messages(to?: string, after?: number): Promise<SentMessage[]>;
  /** Returns the number of the newest message to any recipient; 0 when there is none. */
  newest(): Promise<number>;
  /** Waits for the newest matching message to this number or address. */
  next(to: string, wanted?: Wanted): Promise<SentMessage>;
  /** Waits for the newest code and returns its digits. */
  otp(to: string, after?: number): Promise<string>;
  close(): void;
}

/** Longest wait for a message. */
const WAIT_SECONDS = 10;

/** `agent` shares connections; the outbox has its own when left out. */
export function createOutbox(url: string, agent?: Agent): Outbox {
  const reader = createVisitor({ url, ...(agent === undefined ? {} : { agent }) });
  const ask = async (to: string | undefined, after: number, waitSeconds: number): Promise<SentMessage[]> => {
    const query = new URLSearchParams({
      after: String(after),
      wait: String(waitSeconds),
      ...(to === undefined ? {} : { to }),
    });
    const { status, body } = await reader.send("GET", `/outbox.json?${query.toString()}`);
    if (status !== 200) throw new Error(`the outbox answers ${status}`);
    return outboxSchema.parse(JSON.parse(body)).messages;
  };
  const messages: Outbox["messages"] = (to, after = 0) => ask(to, after, 0);
  const next: Outbox["next"] = async (to, { kind, after = 0, timeoutMs = 10_000 } = {}) => {
    const deadline = performance.now() + timeoutMs;
    let seen = after;
    for (;;) {
      const leftSeconds = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
      const found = await ask(to, seen, Math.min(leftSeconds, WAIT_SECONDS));
      const wanted = found.find((message) => kind === undefined || message.kind === kind);
      if (wanted !== undefined) return wanted;
      seen = found[0]?.number ?? seen;
      if (performance.now() > deadline)
        throw new Error(`no message ${kind ?? ""} to ${to} within ${timeoutMs} ms`);
    }
  };
  return {
    messages,
    newest: async () => (await messages())[0]?.number ?? 0,
    next,
    async otp(to, after) {
      const { otp } = await next(to, { kind: "otp", ...(after === undefined ? {} : { after }) });
      if (otp === null) throw new Error("a code without digits");
      return otp;
    },
    close: () => reader.close(),
  };
}
