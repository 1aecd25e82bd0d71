import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import { NOTICE_TIMINGS } from "../../../../cloud/notify/notice-delivery.ts";
import type { Notice } from "../../../../cloud/notify/notifier.ts";
import { printAuthentic } from "../../../../cloud/store/authentic.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { DAY_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import {
  type NotifierNode,
  smtpProvider,
  startNotifierNode,
  twilioProvider,
  webhookProvider,
} from "../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { type SmsGateway, startSmsGateway } from "../../../support/sms-gateway.ts";
import { type SmtpServer, startSmtpServer } from "../../../support/smtp-server.ts";
import { waitFor } from "../../../support/wait-for.ts";

const PERSON = "j.doe@contoso.example";
const SOON = { readMs: 50, retryLeastMs: 50, retryMostMs: 50, takeOverEveryMs: 50 };

describe("notices", () => {
  let redis: RedisServer;
  let server: SmtpServer;
  const nodes: NotifierNode[] = [];
  let host: ChildProcess | undefined;

  beforeEach(async () => {
    redis = await startRedis();
    server = await startSmtpServer();
  });
  afterEach(async () => {
    host?.kill("SIGKILL");
    host = undefined;
    for (const node of nodes.splice(0)) await node.close();
    await server.close();
    await redis.stop();
  });

  async function start(notify: Record<string, unknown> = {}, timings = {}): Promise<NotifierNode> {
    const node = await startNotifierNode({
      connection: redis.connection,
      notify: { email: [smtpProvider(server)], ...notify },
      timings: { ...SOON, ...timings },
    });
    nodes.push(node);
    return node;
  }

  /** Counts the notices that wait anywhere in Redis. */
  async function waiting(): Promise<number> {
    const client = new Redis(redis.connection);
    try {
      return (await client.xlen(keys.notices)) + (await client.zcard(keys.noticesLater));
    } finally {
      client.disconnect();
    }
  }

  it("are delivered once by several nodes, and gone from the store then", async () => {
    const [node] = await Promise.all([start(), start()]);
    const people = Array.from({ length: 40 }, (_, index) => `person${index}@contoso.example`);

    await Promise.all(people.map((email) => node.notifier.notify(notice({ emails: [email] }))));

    await waitFor("all mails", () => server.received.length >= people.length);
    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect(server.received.flatMap(({ to }) => to).sort()).to.deep.equal([...people].sort());
  });

  it("wait for a mail server that is busy, and keep their message id", async () => {
    const { notifier } = await start();
    const told = notice({ emails: [PERSON] });
    server.answerWith({ status: 451 });

    await notifier.notify(told);
    await waitFor(
      "some tries",
      async () => ((await notifier.deliveries(told.tenantId, 1))[0]?.tries ?? 0) >= 2,
    );
    const [before] = await notifier.deliveries(told.tenantId, 1);
    server.answerWith("ok");

    const [mail] = await server.mailsTo(PERSON);
    const [after] = await waitFor("the record", async () => {
      const found = await notifier.deliveries(told.tenantId, 1);
      return found[0]?.state === "sent" && found;
    });
    expect(before).to.include({
      state: "waiting",
      provider: null,
      error: "main: message refused: SMTP 451 not now",
    });
    expect(after).to.include({ id: before?.id, provider: "main", kind: "password_reset" });
    expect(mail?.mail.messageId).to.equal(`<${before?.id.toLowerCase() ?? ""}@contoso.example>`);
  });

  it("are given up in the end, and the log has it", async () => {
    const node = await start({}, { giveUpMs: 300 });
    const told = notice({ emails: [PERSON] });
    server.answerWith({ status: 451 });

    await node.notifier.notify(told);

    await waitFor(
      "the end",
      async () => (await node.notifier.deliveries(told.tenantId, 1))[0]?.state === "failed",
    );
    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect(node.logged.map(({ event }) => event)).to.include("notify.message.failed");
  });

  it("are given up at once when every provider refuses", async () => {
    const { notifier } = await start();
    const told = notice({ emails: [PERSON] });
    server.answerWith({ status: 550 });

    await notifier.notify(told);

    await waitFor(
      "the end",
      async () => (await notifier.deliveries(told.tenantId, 1))[0]?.state === "failed",
    );
    expect((await notifier.deliveries(told.tenantId, 1))[0]).to.include({
      tries: 1,
      error: "main: message refused: SMTP 550 not now",
    });
  });

  /** A process that is delivering to these people, to a mail server that says nothing. */
  async function startHost(
    people: readonly string[],
    { leaseMs, timeoutMs = 10_000 }: { leaseMs: number; timeoutMs?: number },
  ): Promise<ChildProcess> {
    server.answerWith("silent");
    const child = spawn(
      process.execPath,
      [
        "--import",
        "tsx",
        join(import.meta.dirname, "../../../support/notifier-host.ts"),
        ...[redis.connection.port, server.port, leaseMs, timeoutMs].map((value) => String(value)),
        ...people,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    host = child;
    await once(child.stdout, "data"); // it has told them
    await waitFor("it to be delivering", () => server.unanswered() > 0);
    return child;
  }

  /** Reads until when each node counts as alive. */
  async function leases(): Promise<Map<string, number>> {
    const client = new Redis(redis.connection);
    try {
      const names = await client.zrange(keys.noticeReaders, "0", "-1");
      const ends = await Promise.all(names.map((name) => client.zscore(keys.noticeReaders, name)));
      return new Map(names.map((name, at) => [name, Number(ends[at])]));
    } finally {
      client.disconnect();
    }
  }

  it("survive the death of the node that was delivering them", async () => {
    const people = Array.from({ length: 10 }, (_, index) => `person${index}@contoso.example`);
    const child = await startHost(people, { leaseMs: 1_000 });

    child.kill("SIGKILL");
    await once(child, "exit");
    server.answerWith("ok");
    await start();

    for (const person of people) expect(await server.mailsTo(person)).to.have.length(1);
    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect([...(await leases()).keys()]).to.have.length(1);
  }).timeout(30_000);

  it("wait less than a minute for another node when theirs has died", () => {
    const { leaseMs, takeOverEveryMs, readMs } = NOTICE_TIMINGS;
    expect(leaseMs + takeOverEveryMs + readMs).to.be.below(60_000);
  });

  it("stay with a node that is slow, as long as it lives", async () => {
    await startHost([PERSON], { leaseMs: 2_000 });
    const [[name, end] = ["", 0]] = await leases();
    await start();

    // Longer than a dead node still counts as alive.
    await waitFor("it to say that it lives", async () => ((await leases()).get(name) ?? 0) > end + 2_500);

    expect(server.connections()).to.equal(1);
  }).timeout(30_000);

  it("are not sent again by a node that was stopped until another had taken them over", async () => {
    const child = await startHost([PERSON], { leaseMs: 600, timeoutMs: 1_000 });
    const [[name] = [""]] = await leases();
    child.kill("SIGSTOP");
    server.answerWith("ok");
    await start();
    await server.mailsTo(PERSON);
    await waitFor("an empty store", async () => (await waiting()) === 0);
    const asked = server.connections();

    child.kill("SIGCONT");
    await waitFor("its mail server to be given up", () => server.closed() > 0);
    const end = (await leases()).get(name) ?? 0;
    await waitFor("it to go on", async () => ((await leases()).get(name) ?? 0) > end);

    expect(server.connections()).to.equal(asked);
    expect(server.received).to.have.length(1);
    expect(await waiting()).to.equal(0);
  }).timeout(30_000);

  it("are read again when the answer that brought them to a node was lost", async () => {
    const { store } = await start({}, { leaseMs: 300 });
    const [[name] = [""]] = await leases();
    const lost = { ...notice({}), emails: undefined, id: newId(), channel: "email", to: PERSON };
    await store.redis
      .multi()
      .xadd(
        keys.notices,
        "*",
        "notice",
        printAuthentic(store, keys.notices, JSON.stringify({ ...lost, createdAt: Date.now() })),
      )
      .xreadgroup("GROUP", "notifiers", name, "COUNT", 1, "STREAMS", keys.notices, ">")
      .exec();

    expect(await server.mailsTo(PERSON)).to.have.length(1);
    await waitFor("an empty store", async () => (await waiting()) === 0);
  });

  it("that a silent mail server holds do not keep a node from closing, and are delivered by the next", async () => {
    const { notifier } = await start({}, { leaseMs: 500 });
    server.answerWith("silent");
    await notifier.notify(notice({ emails: [PERSON] }));
    await waitFor("it to be delivering", () => server.connections() > 0);

    await nodes.pop()?.close();
    server.answerWith("ok");
    await start();

    expect(await server.mailsTo(PERSON)).to.not.be.empty;
  });

  it("survive a Redis that is killed", async () => {
    const { notifier } = await start();
    server.answerWith({ status: 451 });
    await notifier.notify(notice({ emails: [PERSON] }));
    await waitFor("a first try", () => server.connections() > 0);

    await redis.kill();
    server.answerWith("ok");
    await redis.restart();

    expect(await server.mailsTo(PERSON)).to.not.be.empty;
  });

  it("are refused, not lost in silence, while Redis is away", async () => {
    const { notifier } = await start();
    await redis.kill();

    const error = await notifier.notify(notice({ emails: [PERSON] })).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    const outcome = await notifier.breakerOpen("t").then(
      () => null,
      (thrown: unknown) => thrown,
    );
    await redis.restart();

    expect(error).to.include({ code: "STORE_UNAVAILABLE" });
    expect(outcome).to.include({ code: "STORE_UNAVAILABLE" });
  });

  it("are read again by a Redis that has lost everything", async () => {
    const { notifier, store } = await start();
    await store.redis.flushall();

    await notifier.notify(notice({ emails: [PERSON] }));

    expect(await server.mailsTo(PERSON)).to.have.length(1);
  });

  it("wait until an administrator has mended a refused login", async () => {
    const gateway = await startSmsGateway();
    try {
      const { notifier } = await start({ text: [webhookProvider(gateway)] });
      const told = notice({ texts: ["+32470123456"] });
      const shown = async () => (await notifier.deliveries(told.tenantId, 1))[0];
      gateway.answerWith({ status: 401 });

      await notifier.notify(told);
      await waitFor("some tries", async () => ((await shown())?.tries ?? 0) >= 2);
      const before = await shown();
      gateway.answerWith("ok");
      await waitFor("the text", () => gateway.sent.length > 0);
      await waitFor("the record", async () => (await shown())?.state === "sent");

      expect(before).to.include({ state: "waiting", provider: null });
      expect(before?.error).to.match(/^hook: HTTP 401: the login was refused; check the account/);
    } finally {
      for (const node of nodes.splice(0)) await node.close();
      await gateway.close();
    }
  });

  it("go by text to users without an address, and not where texts are not allowed", async () => {
    const gateway: SmsGateway = await startSmsGateway();
    try {
      const { notifier } = await start({ text: [twilioProvider(gateway)] });
      const told = notice({ texts: ["+32470123456", "+3290012345"] });

      await notifier.notify(told);

      await waitFor("the text", () => gateway.sent.length > 0);
      const states = (await notifier.deliveries(told.tenantId, 10)).map(({ state, error }) => [state, error]);
      expect(gateway.sent[0]?.content).to.match(/^Contoso: the password for your account was reset\./);
      expect(gateway.sent).to.have.length(1);
      expect(states).to.deep.include(["failed", "the number is premium rate"]);
    } finally {
      for (const node of nodes.splice(0)) await node.close();
      await gateway.close();
    }
  });

  it("that do not parse are thrown away, and those after them delivered", async () => {
    const node = await start();
    const unreadable = printAuthentic(node.store, keys.notices, '{"kind":"password_reset"}');
    await node.store.redis.xadd(keys.notices, "*", "notice", unreadable);

    await node.notifier.notify(notice({ emails: [PERSON] }));

    expect(await server.mailsTo(PERSON)).to.have.length(1);
    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect(node.logged.map(({ event }) => event)).to.include("notify.notice.unreadable");
  });

  it("that were sent are not sent again when a writer of the store puts them back, nor when they are days old (T-16)", async () => {
    const node = await start();
    const copies: string[] = [];
    const add = node.store.call.bind(node.store);
    Object.assign(node.store, {
      call(...args: Parameters<typeof add>) {
        if (args[0] === "latchkey_notice_add") copies.push(String(args[2].at(-1)));
        return add(...args);
      },
    });
    await node.notifier.notify(notice({ emails: [PERSON] }));
    await waitFor("the mail", () => server.received.length === 1);
    const [value = ""] = copies;
    const old = value
      .slice(value.indexOf("\n") + 1)
      .replace(/"createdAt":\d+/, `"createdAt":${Date.now() - 3 * DAY_MS}`);
    const oldest = printAuthentic(node.store, keys.notices, old.replace(/"id":"[^"]+"/, `"id":"${newId()}"`));

    for (const put of [value, value, oldest]) await node.store.redis.xadd(keys.notices, "*", "notice", put);
    await waitFor(
      "the copies to be refused",
      () => node.logged.filter(({ event }) => event === "notify.notice.repeated").length === 3,
    );
    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect(server.received).to.have.length(1);
  });

  it("that no node stored are not sent", async () => {
    const node = await start();
    const forged = { ...notice({}), emails: undefined, id: newId(), channel: "email", to: PERSON };
    const refused: string[] = [];
    node.store.refusals.onRefusal(({ kind }) => refused.push(kind));
    await node.store.redis.xadd(
      keys.notices,
      "*",
      "notice",
      JSON.stringify({ ...forged, createdAt: Date.now() }),
    );

    await waitFor("an empty store", async () => (await waiting()) === 0);
    expect(refused).to.deep.equal(["notice"]);
    expect(server.received).to.have.length(0);
  });
});

const notice = (changes: Partial<Notice>): Notice => ({
  tenantId: `t${newId().toLowerCase()}`,
  kind: "password_reset",
  emails: [],
  language: "en",
  correlationId: newId(),
  facts: { displayName: "John Doe", userName: "jdoe", method: "text" },
  ...changes,
});
