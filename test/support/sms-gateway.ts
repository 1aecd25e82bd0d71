/**
 * A stand-in for the services that send texts and make calls, over real HTTP: Twilio's API (basic auth, form bodies, signed
 * reports) and a receiver of our webhook. Signatures are made and checked here by hand, not by what the product uses.
 */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const TWILIO_ACCOUNT = { sid: `AC${"0f".repeat(16)}`, token: "twilio-account-auth-token" } as const;
export const WEBHOOK_SECRET = "a-secret-both-sides-know";

/** Accepted (the default); an HTTP status with Twilio's error number; no answer; accepted without an answer; cut off. */
export type GatewayAnswer =
  "ok" | { readonly status: number; readonly error?: number } | "silent" | "taken_silent" | "reset";

/** The messages a user would have received, one for each charge. */
export interface SentMessage {
  readonly via: "twilio" | "webhook";
  readonly channel: "text" | "call";
  readonly to: string;
  /** The text, or the TwiML of a call: also that which follows when a key is pressed. */
  readonly content: string;
  readonly fields: Readonly<Record<string, string>>;
}

export type SmsGateway = Awaited<ReturnType<typeof startSmsGateway>>;

export async function startSmsGateway() {
  const sent: SentMessage[] = [];
  const answers: GatewayAnswer[] = [];
  const refusals: string[] = [];
  const webhookIds = new Set<string>();
  let requests = 0;
  let lasting: GatewayAnswer = "ok";
  let isVoicemail = false;

  const server = createServer((request, response) => {
    void receive(request, response).catch(() => response.destroy());
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    const body = await text(request);
    const answer = answers.shift() ?? lasting;
    if (answer === "reset") {
      request.socket.destroy();
      return;
    }
    if (answer === "silent") return;
    if (typeof answer === "object") {
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ code: answer.error ?? 20_500, message: "no", status: answer.status, more_info: "" }),
      );
      return;
    }
    const status = request.url === "/hook" ? onWebhook(request, body) : await onTwilio(request, body);
    if (answer === "taken_silent") return;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ sid: `SM${"1".repeat(32)}`, status: "queued" }));
  }

  async function onTwilio({ url = "", headers, method }: IncomingMessage, body: string): Promise<number> {
    const expected = `Basic ${Buffer.from(`${TWILIO_ACCOUNT.sid}:${TWILIO_ACCOUNT.token}`).toString("base64")}`;
    const [, kind] =
      new RegExp(`^/2010-04-01/Accounts/${TWILIO_ACCOUNT.sid}/(Messages|Calls)\\.json$`).exec(url) ?? [];
    if (method !== "POST" || headers.authorization !== expected || kind === undefined) {
      refusals.push(`twilio ${url}`);
      return 401;
    }
    const fields = Object.fromEntries(new URLSearchParams(body));
    sent.push({
      via: "twilio",
      channel: kind === "Messages" ? "text" : "call",
      to: fields["To"] ?? "",
      content: kind === "Messages" ? (fields["Body"] ?? "") : await heard(fields["Twiml"] ?? ""),
      fields,
    });
    return 201;
  }

  /** Returns all that a person hears who presses a key, or what a voicemail records. */
  async function heard(twiml: string): Promise<string> {
    const action = /<Gather[^>]* action="([^"]+)"/.exec(twiml)?.[1]?.replaceAll("&amp;", "&");
    if (isVoicemail || action === undefined) return twiml;
    return twiml + (await pressKey(action, TWILIO_ACCOUNT.token)).twiml;
  }

  function onWebhook({ headers }: IncomingMessage, body: string): number {
    const [, seconds = "", signature = ""] =
      /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers["latchkey-signature"])) ?? [];
    const isGenuine =
      signature === createHmac("sha256", WEBHOOK_SECRET).update(`${seconds}.${body}`).digest("hex") &&
      Math.abs(Date.now() / 1000 - Number(seconds)) < 300;
    if (!isGenuine) {
      refusals.push("webhook");
      return 401;
    }
    const fields = JSON.parse(body) as Record<string, string>;
    const { id = "", channel = "", to = "", text: content = "" } = fields;
    if (webhookIds.has(id)) return 200; // reported before: not sent again
    webhookIds.add(id);
    sent.push({ via: "webhook", channel: channel === "call" ? "call" : "text", to, content, fields });
    return 202;
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    /** Requests without a valid signature or login. */
    refusals,
    requests: () => requests,
    /** Answers to the next requests, one each. */
    answerNext: (...next: GatewayAnswer[]) => void answers.push(...next),
    /** All later calls are taken by a voicemail, which presses no key. */
    answerByVoicemail: () => void (isVoicemail = true),
    /** Answer to all later requests. */
    answerWith: (always: GatewayAnswer) => (lasting = always),
    async close() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, "close");
    },
  };
}

/** Sends a report signed like Twilio: HMAC-SHA1 over the address and the sorted fields. */
export async function reportAsTwilio(
  url: string,
  fields: Readonly<Record<string, string>>,
  token: string = TWILIO_ACCOUNT.token,
): Promise<number> {
  const signed = Object.keys(fields)
    .sort()
    .reduce((data, name) => `${data}${name}${fields[name] ?? ""}`, url);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": createHmac("sha1", token).update(signed).digest("base64"),
    },
    body: new URLSearchParams(fields).toString(),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Sends a report signed like a webhook's owner. */
export async function reportAsWebhook(
  url: string,
  body: unknown,
  { secret = WEBHOOK_SECRET, at = Date.now() }: { secret?: string; at?: number } = {},
): Promise<number> {
  const content = JSON.stringify(body);
  const seconds = Math.floor(at / 1000);
  const signature = createHmac("sha256", secret).update(`${seconds}.${content}`).digest("hex");
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "latchkey-signature": `t=${seconds},v1=${signature}` },
    body: content,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Reports a pressed key as Twilio does, signed with an account's token. */
export async function pressKey(action: string, token: string): Promise<{ status: number; twiml: string }> {
  const fields = { CallSid: `CA${"1".repeat(32)}`, Digits: "1" };
  const signed = `${action}CallSid${fields.CallSid}Digits${fields.Digits}`;
  const response = await fetch(action, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": createHmac("sha1", token).update(signed).digest("base64"),
    },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, twiml: await response.text() };
}
