import { expect } from "chai";
import { Accounts } from "../../../../agent/account/accounts.ts";
import type { AccountState, Lockout, SignIn } from "../../../../agent/directory/directory.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { generateSealingKeyPair, type SealingKeyPair } from "../../../../shared/sealing/hpke.ts";
import {
  sealSignIn,
  type SignInOrder,
  signInSubject,
  signSignInOrder,
} from "../../../../shared/sealing/sign-in.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { rejection } from "../../../support/rejection.ts";
import { account, TENANT, USER } from "../../../support/scripted-writeback.ts";

const RIGHT = "Correct-Horse-Battery";
const OPEN: Lockout = { locked: false, failures: 0, threshold: 5 };
const ORDINARY = account();

describe("a sign-in at the agent", () => {
  const issuer = generateSigningKey();
  const agentId = newId();
  const keyId = newId();
  let pair: SealingKeyPair;
  before(async () => {
    pair = await generateSealingKeyPair("x25519");
  });

  function start() {
    const clock = createManualClock();
    const world = {
      clock,
      tried: [] as string[],
      triedOnNobody: 0,
      accountsRead: [] as string[],
      lockout: OPEN as Lockout | null,
      account: ORDINARY as AccountState | null,
      isApproved: true,
      checkSignIn: (password: string): Promise<SignIn> =>
        Promise.resolve(
          password === RIGHT ? { ok: true, mustChange: false } : { ok: false, reason: "wrong" },
        ),
    };
    const accounts = new Accounts({
      config: {
        signIn: { tries: 2, windowMinutes: 30, maxPerMinute: 300 },
      },
      directory: {
        dialect: "active-directory",
        missingGroups: () => Promise.resolve([]),
        look: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE")),
        lockout: () => Promise.resolve(world.lockout),
        account(userId) {
          world.accountsRead.push(userId);
          return Promise.resolve(world.account);
        },
        checkSignIn(userId, password) {
          if (userId !== USER) {
            world.triedOnNobody += 1;
            return Promise.resolve({ ok: false, reason: "not_found" });
          }
          world.tried.push(password.reveal());
          return world.checkSignIn(password.reveal());
        },
      },
      identity: { agentId, tenantId: TENANT, issuerKey: issuer.publicKey },
      sealingKeys: { find: (id) => (id === keyId ? pair : null) },
      isApproved: () => world.isApproved,
      log: silentLogger,
      clock,
    });
    const order = (facts: Partial<SignInOrder> = {}): SignInOrder => {
      const checkId = newId();
      return {
        checkId,
        tenantId: TENANT,
        subject: signInSubject(checkId, USER),
        issuedAt: clock.now(),
        notAfter: clock.now() + 120_000,
        ...facts,
      };
    };
    const request = async (password: string, facts: Partial<SignInOrder> = {}) => {
      const made = order(facts);
      const recipient = { agentId, keyId, suite: pair.suite, publicKey: pair.publicKey };
      const sealed = await sealSignIn(made, recipient, new Secret(password));
      return { userId: USER, order: made, token: signSignInOrder(issuer, made), sealed };
    };
    return {
      world,
      accounts,
      order,
      request,
      signIn: async (password: string) => accounts.signIn(await request(password)),
    };
  }

  it("opens the account with the right password only", async () => {
    const { signIn } = start();

    expect(await signIn("Wr0ng-One")).to.deep.equal({ ok: false, reason: "wrong" });
    expect(await signIn(RIGHT)).to.deep.equal({ ok: true, mustChange: false });
  });

  for (const [name, facts, reason] of [
    ["a privileged account", { protected: true }, "not_permitted"],
    ["an account on the deny list", { denied: true }, "not_permitted"],
    ["an account that may be privileged", { protectionUnknown: true }, "not_permitted"],
    ["an account out of scope", { inScope: false }, "not_permitted"],
    ["an account whose state is unreadable", { unreadable: ["pwdAccountLockedTime"] }, "not_permitted"],
    ["a disabled account", { enabled: false }, "disabled"],
    ["an expired account", { expired: true }, "expired"],
  ] as const)
    it(`does not try the password of ${name}, and makes a bind for an unused id instead`, async () => {
      const { signIn, world } = start();
      world.account = account(facts);

      for (const password of ["Wr0ng-One", RIGHT])
        expect(await signIn(password)).to.deep.equal({ ok: false, reason });
      expect(world.tried).to.deep.equal([]);
      expect(world.triedOnNobody).to.equal(2);
    });

  it("reads the account found last for an unknown user, so that both take the same work", async () => {
    const { signIn, world } = start();
    await signIn("Wr0ng-One");
    world.account = null;
    await signIn("Wr0ng-Two");

    expect(world.accountsRead).to.deep.equal([USER, USER, USER]);
  });

  it("tries two wrong passwords and no third one, though it were the right one", async () => {
    const { signIn, world } = start();
    await signIn("Guess-1");
    await signIn("Guess-2");

    expect(await signIn(RIGHT)).to.deep.equal({ ok: false, reason: "too_many" });
    expect(world.tried).to.have.length(2);
  });

  it("tries nothing when the directory is about to lock the account", async () => {
    const { signIn, world } = start();
    world.lockout = { locked: false, failures: 3, threshold: 5 };

    expect(await signIn(RIGHT)).to.deep.equal({ ok: false, reason: "too_many" });
    world.lockout = { locked: true, failures: 5, threshold: 5 };
    expect(await signIn(RIGHT)).to.deep.equal({ ok: false, reason: "locked" });
    expect(world.tried).to.deep.equal([]);
    world.lockout = OPEN;
    expect(await signIn(RIGHT)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("asks the directory as much when the password is not tried, with an unused id (T-01)", async () => {
    const { signIn, world } = start();
    const asked: number[] = [];
    for (const lockout of [
      { locked: true, failures: 5, threshold: 5 },
      { locked: false, failures: 3, threshold: 5 },
    ]) {
      world.lockout = lockout;
      await signIn(RIGHT);
      asked.push(world.triedOnNobody);
    }

    expect(asked).to.deep.equal([1, 2]);
    expect(world.tried).to.deep.equal([]);
  });

  it("counts unknown users like all others", async () => {
    const { signIn, world } = start();
    world.lockout = null;
    world.checkSignIn = () => Promise.resolve({ ok: false, reason: "not_found" });

    expect([await signIn("1"), await signIn("2"), await signIn("3")]).to.deep.equal([
      { ok: false, reason: "not_found" },
      { ok: false, reason: "not_found" },
      { ok: false, reason: "too_many" },
    ]);
  });

  it("answers the same check from memory, whatever is sealed in it this time", async () => {
    const { accounts, request, world } = start();
    const first = await request("Guess-1");
    const again = await request(RIGHT, first.order);

    const answers = await Promise.all([
      accounts.signIn(first),
      accounts.signIn(first),
      accounts.signIn(again),
    ]);

    expect(answers).to.deep.equal(Array(3).fill({ ok: false, reason: "wrong" }));
    expect(world.tried).to.deep.equal(["Guess-1"]);
  });

  it("tries again what the directory did not answer, and counts a lost answer as a try", async () => {
    const { accounts, request, signIn, world } = start();
    const asked = await request(RIGHT);
    const { checkSignIn } = world;
    world.checkSignIn = () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE"));
    for (let count = 0; count < 3; count++)
      expect(await rejection(accounts.signIn(asked))).to.include({ code: "DIRECTORY_UNAVAILABLE" });
    world.checkSignIn = checkSignIn;
    expect(await accounts.signIn(asked)).to.deep.equal({ ok: true, mustChange: false });

    world.checkSignIn = () => Promise.reject(new AppError("DIRECTORY_TIMEOUT"));
    for (let count = 0; count < 2; count++)
      expect(await rejection(signIn(RIGHT))).to.include({ code: "DIRECTORY_TIMEOUT" });
    expect(await signIn(RIGHT)).to.deep.equal({ ok: false, reason: "too_many" });
  });

  describe("is refused without a try", () => {
    const cases: readonly (readonly [
      string,
      string,
      (agent: ReturnType<typeof start>) => Promise<Parameters<typeof agent.accounts.signIn>[0]>,
    ])[] = [
      [
        "an order of another tenant",
        "JOB_SIGNATURE_INVALID",
        ({ request }) => request(RIGHT, { tenantId: "fabrikam" }),
      ],
      [
        "an order that the issuer did not sign (a forged message between nodes)",
        "JOB_SIGNATURE_INVALID",
        async ({ request, order }) => ({
          ...(await request(RIGHT)),
          token: signSignInOrder(generateSigningKey(), order()),
        }),
      ],
      [
        "an order from another day",
        "JOB_EXPIRED",
        ({ request, world }) =>
          request(RIGHT, {
            issuedAt: world.clock.now() - 86_400_000,
            notAfter: world.clock.now() - 86_280_000,
          }),
      ],
      [
        "an order of another user",
        "SEAL_INVALID",
        async ({ request }) => ({ ...(await request(RIGHT)), userId: "d".repeat(32) }),
      ],
      [
        "a seal for another agent",
        "NOT_SEALED_TO_AGENT",
        async ({ request }) => {
          const asked = await request(RIGHT);
          return { ...asked, sealed: { ...asked.sealed, agentId: newId() } };
        },
      ],
      [
        "a seal made for another order",
        "SEAL_INVALID",
        async ({ request }) => ({ ...(await request(RIGHT)), sealed: (await request(RIGHT)).sealed }),
      ],
      [
        "everything before the agent is approved",
        "AGENT_NOT_APPROVED",
        ({ request, world }) => {
          world.isApproved = false;
          return request(RIGHT);
        },
      ],
    ];
    for (const [what, code, prepare] of cases)
      it(`${what}: ${code}`, async () => {
        const agent = start();

        expect(await rejection(agent.accounts.signIn(await prepare(agent)))).to.include({ code });
        expect(agent.world.tried).to.deep.equal([]);
      });
  });
});
