/** Starts a real SMTP server with TLS and a login that keeps the mails it receives. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { createAuthority } from "../../lab/tls.ts";
import { waitFor } from "./wait-for.ts";

export interface ReceivedMail {
  readonly from: string;
  /** Recipients in the envelope, who receive the mail. */
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  readonly user: string | null;
  readonly raw: string;
  readonly mail: ParsedMail;
}

export type SmtpServer = Awaited<ReturnType<typeof startSmtpServer>>;

export const SMTP_LOGIN = { user: "latchkey", password: "mail-server-password" } as const;

/** The server's answer to DATA: accepted, an error, or none. */
type Answer = "ok" | { readonly status: number; readonly words?: string } | "silent";

interface SmtpServerOptions {
  /** Names in its certificate. */
  readonly names?: readonly string[];
  /** Days until its certificate ends. */
  readonly days?: number;
  readonly isSelfSigned?: boolean;
  /** Demands XOAUTH2 with a token for which this is true. */
  readonly isTokenGood?: (token: string) => boolean;
  /** Refuses a token with 334 and the reason, as Gmail does, or at once with 535, as Exchange Online does. */
  readonly refusesTokensWith?: 334 | 535;
}

export async function startSmtpServer(
  tls: "implicit" | "starttls" | "none" = "none",
  {
    names = ["127.0.0.1", "localhost"],
    days,
    isSelfSigned = false,
    isTokenGood,
    refusesTokensWith = 334,
  }: SmtpServerOptions = {},
) {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-smtp-"));
  const authority = await createAuthority(directory);
  const { certFile, keyFile } = isSelfSigned
    ? { certFile: authority.caFile, keyFile: join(directory, "ca.key") }
    : await authority.issue("smtp", names, days);
  const received: ReceivedMail[] = [];
  let answer: Answer = "ok";
  let connections = 0;
  let closed = 0;
  let unanswered = 0;
  let refused = 0;
  const server = new SMTPServer({
    secure: tls === "implicit",
    cert: await readFile(certFile),
    key: await readFile(keyFile),
    disabledCommands: tls === "none" ? ["STARTTLS"] : [],
    authOptional: tls === "none",
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onClose() {
      closed += 1;
    },
    ...(isTokenGood === undefined ? {} : { authMethods: ["XOAUTH2"] }),
    onAuth({ username, password, accessToken }, _session, done) {
      if (isTokenGood !== undefined) {
        if (isTokenGood(accessToken ?? "")) done(null, { user: username });
        else if (refusesTokensWith === 334) done(null, { data: { status: "401" } });
        else done(new Error("5.7.3 Authentication unsuccessful"));
        return;
      }
      if (username === SMTP_LOGIN.user && password === SMTP_LOGIN.password) done(null, { user: username });
      else done(new Error(`${username} may not sign in with ${password}`));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (answer === "silent") {
          unanswered += 1;
          return;
        }
        if (answer !== "ok") {
          refused += 1;
          done(Object.assign(new Error(answer.words ?? "not now"), { responseCode: answer.status }));
          return;
        }
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        void simpleParser(raw).then((mail) => {
          received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            isEncrypted: session.secure,
            user: typeof session.user === "string" ? session.user : null,
            raw: raw.toString("utf8"),
            mail,
          });
          done();
        });
      });
    },
  });
  server.on("error", () => undefined); // clients that go away, handshakes that fail
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    caFile: authority.caFile,
    received,
    connections: () => connections,
    /** Number of closed connections. */
    closed: () => closed,
    /** Mails that it does not answer. */
    unanswered: () => unanswered,
    /** Mails that it refused. */
    refused: () => refused,
    answerWith: (next: Answer) => (answer = next),
    /** Ends every connection, as a server does that restarts. */
    async dropConnections() {
      for (const connection of server.connections) connection.close();
      await waitFor("the connections to end", () => server.connections.size === 0);
    },
    /** Waits for the expected number of mails to this address. */
    mailsTo: (to: string, count = 1): Promise<ReceivedMail[]> =>
      waitFor(`${count} mail(s) to ${to}`, () => {
        const mails = received.filter((mail) => mail.to.includes(to));
        return mails.length >= count && mails;
      }),
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
