import { expect } from "chai";
import type { AccountsDeps } from "../../../../agent/account/accounts.ts";
import type { AccountService, AccountView } from "../../../../cloud/accounts/account-service.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { SUITES } from "../../../../shared/sealing/hpke-suite.ts";
import { sealSignIn, signInSubject } from "../../../../shared/sealing/sign-in.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { CloseStack } from "../../../../shared/shutdown.ts";
import {
  type AccountAgent,
  type AccountAgentOptions,
  startAccountAgent,
  startAccountsOn,
} from "../../../support/account-agent.ts";
import { type GatewayNode, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { account } from "../../../support/scripted-writeback.ts";
import { waitFor } from "../../../support/wait-for.ts";

const RIGHT = "Correct-Horse-Battery";
const SALES = "CN=Sales,OU=Groups,DC=example,DC=com";
const RENAMED = "CN=Renamed,OU=Groups,DC=example,DC=com";
const RULE = {
  minLength: 10,
  historyLength: 24,
  complexity: true,
  minAgeSeconds: 0,
  source: "domain",
} as const;

/** Accepts one password for every user, and records each attempt. */
function scriptedDirectory(tried: string[] = []): AccountsDeps["directory"] {
  return {
    dialect: "active-directory",
    missingGroups: (dns) => Promise.resolve(dns.filter((dn) => dn === RENAMED)),
    look: (id) => Promise.resolve({ account: account({ id, groups: [SALES] }), rule: RULE }),
    account: (id) => Promise.resolve(account({ id, groups: [SALES] })),
    lockout: () => Promise.resolve({ locked: false, failures: 0, threshold: 10 }),
    checkSignIn(_userId, password) {
      tried.push(password.reveal());
      return Promise.resolve(
        password.reveal() === RIGHT ? { ok: true, mustChange: false } : { ok: false, reason: "wrong" },
      );
    },
  };
}

describe("accounts", () => {
  let here: GatewayNode;
  let there: GatewayNode;
  let accounts: AccountService;
  const open = new CloseStack();
  let ofTest: CloseStack;

  before(async () => {
    const { connection } = await sharedRedis();
    const keys = { serviceKey: generateSigningKey(), issuerKey: generateSigningKey() };
    here = open.add(await startGatewayNode({ connection, ...keys }));
    there = open.add(await startGatewayNode({ connection, ...keys }));
    accounts = open.add(startAccountsOn(here));
    open.add(startAccountsOn(there));
  });
  after(() => open.close());
  beforeEach(() => {
    ofTest = new CloseStack();
  });
  afterEach(() => ofTest.close());

  const connect = async (
    node: GatewayNode,
    options: Partial<AccountAgentOptions> = {},
  ): Promise<AccountAgent> => {
    const agent = ofTest.add(await startAccountAgent(node, { directory: scriptedDirectory(), ...options }));
    await waitFor("its session", () => node.gateway.session(agent.tenantId, agent.identity.agentId));
    return agent;
  };
  const user = (): string =>
    newId()
      .toLowerCase()
      .replaceAll(/[^0-9a-f]/g, "0")
      .padEnd(32, "0");
  const plain = (userId: string, password: string) =>
    ({ kind: "plain", userId, password: new Secret(password) }) as const;

  for (const [where, node] of [
    ["on this node", () => here],
    ["on another node", () => there],
  ] as const)
    describe(`of an agent ${where}`, () => {
      it("are looked at", async () => {
        const { tenantId } = await connect(node());

        expect(await accounts.look(tenantId, user(), [SALES, "CN=Other"])).to.deep.equal({
          obstacle: null,
          locked: false,
          protected: false,
          groups: [SALES],
          rule: RULE,
          dialect: "active-directory",
        } satisfies AccountView);
      });

      it("are looked at, and groups that the agent does not find are named", async () => {
        const { tenantId } = await connect(node());

        const { groups, missingGroups } = await accounts.look(tenantId, user(), [SALES, RENAMED]);

        expect({ groups, missingGroups }).to.deep.equal({ groups: [SALES], missingGroups: [RENAMED] });
      });

      it("are signed in to with the password sealed by a browser, of either suite", async () => {
        const tried: string[] = [];
        const { tenantId } = await connect(node(), { directory: scriptedDirectory(tried) });

        for (const suite of SUITES) {
          const userId = user();
          const { order, token, recipients } = await accounts.draftSignIn(tenantId, userId, suite);
          expect(recipients.map((key) => key.suite)).to.deep.equal([suite]);
          const sealed = await Promise.all(
            recipients.map((key) => sealSignIn(order, key, new Secret(RIGHT))),
          );
          const verdict = await accounts.signIn(tenantId, { kind: "sealed", userId, order, token, sealed });

          expect(verdict).to.deep.equal({ ok: true, mustChange: false });
        }
        expect(tried).to.deep.equal([RIGHT, RIGHT]);
      });

      it("are signed in to with a password given here", async () => {
        const { tenantId } = await connect(node());

        expect(await accounts.signIn(tenantId, plain(user(), RIGHT))).to.deep.equal({
          ok: true,
          mustChange: false,
        });
        expect(await accounts.signIn(tenantId, plain(user(), "Wr0ng"))).to.deep.equal({
          ok: false,
          reason: "wrong",
        });
      });

      it("give the agent's own fault", async () => {
        const fault = new AppError("DIRECTORY_BIND_FAILED", "the sync account is locked");
        const { tenantId } = await connect(node(), { answers: { look: () => Promise.reject(fault) } });

        expect(await rejection(accounts.look(tenantId, user(), []))).to.include({
          code: "DIRECTORY_BIND_FAILED",
          message: "the sync account is locked",
        });
      });
    });

  describe("without an agent that can answer", () => {
    const asked = (tenantId: string) => [
      () => accounts.look(tenantId, user(), []),
      () => accounts.draftSignIn(tenantId, user()),
      () => accounts.signIn(tenantId, plain(user(), RIGHT)),
    ];

    it("are AGENT_OFFLINE when no agent is connected", async () => {
      for (const each of asked("nobody-here"))
        expect(await rejection(each())).to.include({ code: "AGENT_OFFLINE" });
      expect(await accounts.available("nobody-here")).to.equal(false);
    });

    it("are AGENT_OFFLINE: the one there waits for approval", async () => {
      const { tenantId } = await connect(here, { approved: false });

      for (const each of asked(tenantId))
        expect(await rejection(each())).to.include({ code: "AGENT_OFFLINE" });
    });

    it("are available again as soon as an agent is back, on any node", async () => {
      const first = await connect(here);
      const { tenantId } = first;
      expect(await accounts.available(tenantId)).to.equal(true);
      await first.close();
      await connect(there, { tenantId });

      expect(await accounts.look(tenantId, user(), [])).to.include({ obstacle: null });
    });
  });

  describe("with two agents", () => {
    const two = async (first: Partial<AccountAgentOptions>, second: Partial<AccountAgentOptions> = {}) => {
      const one: AccountAgent = await connect(here, first);
      const other = await connect(there, { tenantId: one.tenantId, ...second });
      return { tenantId: one.tenantId, one, other };
    };

    for (const code of ["DIRECTORY_UNAVAILABLE", "RATE_LIMITED", "PROTOCOL_INVALID_FRAME"] as const)
      it(`are asked of the other one when this node's own says ${code}`, async () => {
        const fail = () => Promise.reject(new AppError(code));
        const { tenantId } = await two({ answers: { look: fail, signIn: fail } });

        expect(await accounts.look(tenantId, user(), [])).to.include({ obstacle: null });
        expect(await accounts.signIn(tenantId, plain(user(), RIGHT))).to.include({ ok: true });
      });

    it("are asked of the one that the password is sealed to", async () => {
      const { tenantId, other } = await two({});
      const userId = user();
      const { order, token, recipients } = await accounts.draftSignIn(tenantId, userId);
      const key = recipients.find(({ agentId }) => agentId === other.identity.agentId);
      if (key === undefined) throw new Error("no key");
      const sealed = [await sealSignIn(order, key, new Secret(RIGHT))];

      const submit = (seals: typeof sealed) =>
        accounts.signIn(tenantId, { kind: "sealed", userId, order, token, sealed: seals });

      expect(await submit(sealed)).to.include({ ok: true });
      expect(await rejection(submit([]))).to.include({ code: "NOT_SEALED_TO_AGENT" });
    });

    it("are asked of the other one when the first goes while it is asked", async () => {
      const goes: { agent?: AccountAgent } = {};
      const look = (): Promise<never> => {
        void goes.agent?.link.close();
        return new Promise(() => undefined);
      };
      const { tenantId, one } = await two({ answers: { look } });
      goes.agent = one;

      expect(await accounts.look(tenantId, user(), [])).to.include({ obstacle: null });
    });
  });

  describe("guessed at", () => {
    it("are tried twice in half an hour, however many agents and nodes there are (T-11)", async () => {
      const tried: string[] = [];
      const directory = scriptedDirectory(tried);
      const { tenantId } = await connect(here, { directory, signIn: { tries: 10 } });
      const victim = user();

      const verdicts = await Promise.all(
        Array.from({ length: 20 }, (_, index) => accounts.signIn(tenantId, plain(victim, `Guess-${index}`))),
      );

      expect(verdicts.filter((verdict) => !verdict.ok && verdict.reason === "wrong")).to.have.length(2);
      expect(verdicts.filter((verdict) => !verdict.ok && verdict.reason === "too_many")).to.have.length(18);
      expect(tried).to.have.length(2);
      expect(await accounts.signIn(tenantId, plain(user(), RIGHT))).to.include({ ok: true }); // others are free
    });

    it("look the same to a stranger after each attempt, for every name and however close to its lockout (T-01)", async () => {
      const directory = scriptedDirectory();
      const [nobody, ordinary, locked, nearlyLocked, unreadable] = Array.from({ length: 5 }, user);
      const { tenantId } = await connect(here, {
        directory: {
          ...directory,
          lockout: (id) =>
            Promise.resolve(
              id === nobody
                ? null
                : {
                    locked: id === locked,
                    failures: id === nearlyLocked ? 2 : 1,
                    threshold: id === nearlyLocked ? 3 : id === unreadable ? null : 10,
                  },
            ),
          checkSignIn: (id, password) =>
            id === nobody
              ? Promise.resolve({ ok: false, reason: "not_found" })
              : directory.checkSignIn(id, password),
        },
      });
      for (const userId of [nobody, ordinary, locked, nearlyLocked, unreadable]) {
        const told: string[] = [];
        for (let count = 0; count < 4; count++) {
          const verdict = await accounts.signIn(tenantId, plain(userId ?? "", `Guess-${count}`));
          told.push(!verdict.ok && verdict.reason === "too_many" ? "too many" : "refused");
        }
        expect(told).to.deep.equal(["refused", "refused", "too many", "too many"]);
      }
    });

    it("are not used up by right passwords, nor by passwords that were not tried", async () => {
      let isDown = false;
      const directory = scriptedDirectory();
      const { tenantId } = await connect(here, {
        directory: {
          ...directory,
          checkSignIn: (id, password) =>
            isDown
              ? Promise.reject(new AppError("DIRECTORY_UNAVAILABLE"))
              : directory.checkSignIn(id, password),
        },
      });
      const somebody = user();

      for (let count = 0; count < 5; count++)
        expect(await accounts.signIn(tenantId, plain(somebody, RIGHT))).to.include({ ok: true });
      isDown = true;
      for (let count = 0; count < 5; count++)
        expect(await rejection(accounts.signIn(tenantId, plain(somebody, RIGHT)))).to.include({
          code: "DIRECTORY_UNAVAILABLE",
        });
      isDown = false;
      expect(await accounts.signIn(tenantId, plain(somebody, RIGHT))).to.include({ ok: true });
    });

    it("give a draft that was altered, moved or kept too long no chance", async () => {
      const tried: string[] = [];
      const { tenantId } = await connect(here, { directory: scriptedDirectory(tried) });
      const userId = user();
      const { order, token, recipients } = await accounts.draftSignIn(tenantId, userId);
      const sealed = await Promise.all(recipients.map((key) => sealSignIn(order, key, new Secret(RIGHT))));
      const submit = (facts: object, of = tenantId) =>
        rejection(accounts.signIn(of, { kind: "sealed", userId, order, token, sealed, ...facts }));

      for (const facts of [
        { userId: user() },
        { order: { ...order, subject: signInSubject(order.checkId, user()) } },
        { order: { ...order, checkId: newId() } },
        { order: { ...order, notAfter: order.notAfter + 1 } },
        { token: "A".repeat(86) },
        { token: "" },
        { order: null as never },
      ])
        expect(await submit(facts)).to.include({ code: "WRITEBACK_DRAFT_INVALID" });
      expect(await submit({}, "fabrikam")).to.include({ code: "WRITEBACK_DRAFT_INVALID" });
      expect(await submit({ sealed: [{ enc: "!" }] })).to.include({ code: "SEAL_INVALID" });
      expect(tried).to.deep.equal([]);
    });
  });

  it("give a draft that reveals nothing about its user, and never the same twice (R05)", async () => {
    const { tenantId } = await connect(here);
    const userId = user();

    const drafts = await Promise.all([1, 2].map(() => accounts.draftSignIn(tenantId, userId)));

    expect(JSON.stringify(drafts)).to.not.include(userId);
    expect(new Set(drafts.map(({ order }) => order.subject)).size).to.equal(2);
  });

  it("may be looked at more often than an agent may speak of its own accord", async () => {
    const { tenantId, link } = await connect(here);
    const { sessionId } = link.state;

    const views = await Promise.all(Array.from({ length: 120 }, () => accounts.look(tenantId, user(), [])));

    expect(views).to.have.length(120);
    expect(await accounts.look(tenantId, user(), [])).to.include({ obstacle: null });
    expect(link.state).to.include({ phase: "ready", sessionId });
  });
});
