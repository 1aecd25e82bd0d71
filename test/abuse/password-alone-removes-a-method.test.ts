/** Attacks of somebody who has the password alone on methods that are on file and cannot be used at this moment. */
import { expect } from "chai";
import { QUESTION_IDS } from "../../cloud/methods/question-texts.ts";
import { countingAt } from "../../cloud/people/waiting-methods.ts";
import type { Registrable } from "../../cloud/registration/session.ts";
import { NO_REGISTRATION, type Registration } from "../../cloud/store/registration-record.ts";
import type { PolicyInput } from "../../shared/api/policy.ts";
import { DAY_MS, HOUR_MS } from "../../shared/durations.ts";
import { Secret } from "../../shared/secret.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { PASSWORD, type RegistrationHost, startRegistrationHost } from "../support/registration-host.ts";

const APP = { sealedSecret: "x".repeat(40), confirmedAt: 1, lastStep: 0 };
const NUMBER = { number: "+32470111111", confirmedAt: 1 };

interface OnFile {
  readonly title: string;
  readonly what: Registrable;
  readonly registered: () => Partial<Registration>;
  readonly policy?: PolicyInput;
  /** No provider of text messages and calls. */
  readonly isMailAlone?: true;
}

describe("a thief with the password alone, while no method on file can be used", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => {
    host.reset();
    host.channels = new Set(["text", "call", "email"] as const);
  });

  const CASES: readonly OnFile[] = [
    {
      title: "the owner's app that still waits",
      what: "authenticator",
      registered: () => ({ authenticator: { ...APP, countsFrom: host.clock.now() + 24 * HOUR_MS } }),
    },
    {
      title: "the owner's confirmed number while no provider sends texts",
      what: "mobile",
      registered: () => ({ mobile: NUMBER }),
      isMailAlone: true,
    },
    {
      title: "the owner's app while the policy leaves it out",
      what: "authenticator",
      registered: () => ({ authenticator: APP }),
      policy: { scope: "all", default: { methods: ["text", "email"] } },
    },
  ];

  async function ownerWith(registered: Partial<Registration>): Promise<DirectoryUser> {
    const user = await host.person({ mobile: null, officePhone: null, alternateEmail: null });
    await host.registrations.update(host.tenantId, user.id, (present) => ({ ...present, ...registered }));
    return user;
  }
  async function thiefOf(user: DirectoryUser) {
    const visitor = { address: "192.0.2.7", language: "en" } as const;
    const begun = await host.service.begin(host.tenantId, user.userName, "register", visitor);
    const key = await host.service.signIn(begun, 1, { kind: "plain", password: new Secret(PASSWORD) });
    return { key, screen: await host.service.afterSignIn(key, AbortSignal.timeout(5_000)) };
  }
  const onFile = (user: DirectoryUser) => host.registrations.get(host.tenantId, user.id);

  for (const { title, what, registered, policy, isMailAlone } of CASES)
    it(`removes ${title} only after the time that an addition waits, and the owner is told (abuse finding 7)`, async () => {
      if (policy !== undefined) host.policy = policy;
      if (isMailAlone === true) host.channels = new Set(["email"] as const);
      const before = registered();
      const user = await ownerWith(before);
      const { key, screen } = await thiefOf(user);
      expect(screen).to.deep.include({ step: "overview", proofs: [] });

      await host.service.remove(key, screen.version, what);

      const now = host.clock.now();
      const after = await onFile(user);
      expect(after[what], "is still on file").to.deep.include({
        ...(what === "mobile" ? NUMBER : APP),
        endsAt: (after[what] as { endsAt?: number }).endsAt,
      });
      const counts = (at: number) => countingAt(after, at)[what] !== null;
      const wasWaiting = title.includes("waits");
      // What waited never counts while its removal waits: its owner may be removing a thief's method.
      expect([counts(now + 71 * HOUR_MS), counts(now + 73 * HOUR_MS)]).to.deep.equal([!wasWaiting, false]);
      expect(host.notices).to.have.lengthOf(1);
      expect(host.notices[0]).to.deep.include({
        kind: "method_removal_waits",
        emails: [user.userName],
        texts: what === "mobile" ? [NUMBER.number] : [],
      });
      expect(Number(host.notices[0]?.facts["until"])).to.be.closeTo(now + 72 * HOUR_MS, 60_000);
      expect(host.audited.at(-1)).to.include({ action: "registration.changed_unproven" });

      // Once more does not put it off, nor is it told again.
      const again = await host.service.screen(key);
      host.clock.later(HOUR_MS);
      const { key: later, screen: laterScreen } = await thiefOf(user);
      await host.service.remove(later, laterScreen.version, what);
      expect((await onFile(user))[what]).to.deep.equal(after[what]);
      expect(host.notices).to.have.lengthOf(1);
      expect(again).to.deep.include({ done: { kind: "removal_waits", what } });

      host.clock.later(4 * DAY_MS);
      const { screen: afterwards } = await thiefOf(user);
      if (afterwards.step !== "overview") throw new Error(afterwards.step);
      const item = afterwards.overview.items.find((each) => each.what === what);
      expect(item?.own ?? null, "is gone once the time has passed").to.equal(null);
    });

  it("replaces nothing that is on file either (abuse finding 7)", async () => {
    host.policy = { scope: "all", default: { methods: ["email", "questions", "authenticator"] } };
    host.channels = new Set();
    const questions = [{ questionId: "school_trip", answerHash: "x", addedAt: 1 }];
    const recoveryCodes = [{ digest: "d", usedAt: null }];
    const user = await ownerWith({ questions, recoveryCodes, mobile: NUMBER });
    const { key, screen } = await thiefOf(user);

    const answers = ["first_concert", "first_job"].map((questionId) => ({
      questionId,
      answer: `a ${questionId}`,
    }));
    await host.service.setQuestions(key, screen.version, answers);

    const refused = await host.service.screen(key);
    expect(refused.problem).to.deep.equal({ kind: "replace_waits" });
    expect(await onFile(user)).to.deep.equal({
      ...NO_REGISTRATION,
      questions,
      recoveryCodes,
      mobile: NUMBER,
    });
    expect(host.audited.map(({ action }) => action)).not.to.include("registration.changed_unproven");

    // What is not on file yet is added, and waits.
    await host.service.setUpAuthenticator(key, refused.version);
    expect(await host.service.screen(key)).to.deep.include({ step: "authenticator", problem: null });
  });
});

describe("a signed-in insider who sends answers to questions again and again", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());

  it("has one form hashed once however often it is sent, and few forms within minutes (floods)", async () => {
    host.reset();
    host.policy = {
      scope: "all",
      default: { methods: ["text", "questions"], questions: { register: 5, answer: 3 } },
    };
    host.policy.default = { ...host.policy.default, number: { holdHours: 0 } };
    const user = await host.person({ mobile: null });
    const visitor = { address: "192.0.2.7", language: "en" } as const;
    const begun = await host.service.begin(host.tenantId, user.userName, "register", visitor);
    const key = await host.service.signIn(begun, 1, { kind: "plain", password: new Secret(PASSWORD) });
    let { version } = await host.service.afterSignIn(key, AbortSignal.timeout(5_000));
    const answers = QUESTION_IDS.slice(0, 5).map((questionId, at) => ({
      questionId,
      answer: `answer ${at}`,
    }));
    const submit = () => host.service.setQuestions(key, version, answers);
    const oneHash = await cpuOf(submit);

    // The form of an earlier screen, forty times at once.
    const stale = await cpuOf(() => Promise.allSettled(Array.from({ length: 40 }, submit)));
    expect(stale, `forty cost ${stale} ms, one hashed form ${oneHash} ms`).to.be.below(oneHash * 20);

    const problems: (string | undefined)[] = [];
    for (let form = 0; form < 6; form++) {
      ({ version } = await host.service.screen(key));
      await submit();
      problems.push((await host.service.screen(key)).problem?.kind);
    }
    const changes = host.audited.filter(({ action }) => action.startsWith("registration.changed"));
    expect(problems.slice(-2)).to.deep.equal(["too_often", "too_often"]);
    expect(changes).to.have.lengthOf(5);
  });
});

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
