/** The flows that a stranger walks who has names, and neither a code nor a password. */
import { tagWith } from "../lab/html-forms.ts";
import type { Outbox } from "../lab/outbox.ts";
import type { PortalClient } from "../lab/portal-client.ts";
import { untilChecked } from "../lab/registration-steps.ts";
import { chooseMethod, enterCode } from "../lab/reset-steps.ts";
import type { Hop } from "../lab/visitor.ts";

export const KINDS = ["known", "unknown", "disabled", "phone-less"] as const;
export type Kind = (typeof KINDS)[number];

export const FLOWS = ["reset", "sign-in"] as const;
export type FlowName = (typeof FLOWS)[number];

export interface Suspect {
  readonly userName: string;
  /** As it is typed. */
  readonly number: string;
}

export interface EnumerationInstallation {
  /** Another one each time within a flow, with names of one length. */
  next(flow: FlowName, kind: Kind): Suspect;
  /** At an address of their own. */
  visitor(onHop: (hop: Hop) => void): PortalClient;
  readonly outbox: Outbox;
}

export interface Flow {
  /** Visitors at the same time. */
  readonly atOnce: number;
  /** Told of every request from the name on: what a stranger can compare. */
  visit(kind: Kind, see: (step: string, hop: Hop) => void): Promise<void>;
}

export const createFlow = (name: FlowName, installation: EnumerationInstallation): Flow =>
  MAKE[name](installation);

/** The visitor types a number that is right for those who have one: a colleague would know it. */
function resetFlow(installation: EnumerationInstallation): Flow {
  let known = 0;
  return {
    atOnce: 1,
    async visit(kind, see) {
      const { userName, number } = installation.next("reset", kind);
      const walk = startWalk(installation, see);
      const { portal } = walk;
      try {
        await portal.open("/reset");
        walk.step = "name";
        await portal.submit("/reset/start", { userName });
        walk.step = "reason";
        await portal.submit("/reset/reason", { reason: "forgot" });
        walk.step = "method";
        await chooseMethod(portal, "text", number);
        walk.step = "wrong code";
        await enterCode(portal, "000000");
        walk.step = null;
        // Codes that nobody enters would open the breaker against toll fraud; a quarter of them has to be.
        if (kind === "known" && ++known % 2 === 0)
          await enterCode(portal, await installation.outbox.otp(number));
      } finally {
        portal.close();
      }
    },
  };
}

/** Of the right form, and nobody's. */
const WRONG_PASSWORD = "Wr0ng-Passw0rd-Of-Nobody!";

/**
 * With script: the password is sealed under a draft. The answer comes at a fixed time after the form, which is what a visitor
 * waits for; meanwhile others come, as they do at a portal, and all of them are of all kinds.
 */
function signInFlow(installation: EnumerationInstallation): Flow {
  return {
    atOnce: 24,
    async visit(kind, see) {
      const { userName } = installation.next("sign-in", kind);
      const walk = startWalk(installation, see);
      const { portal } = walk;
      try {
        await portal.open("/register");
        walk.step = "name";
        await portal.submit("/register/start", { userName });
        walk.step = "password";
        const askedAt = performance.now();
        await portal.submit("/register/sign-in", { password: WRONG_PASSWORD });
        walk.step = null;
        await untilChecked(portal);
        // In steps of time: how often somebody has to wait for another step shows here, and not in how the page looks.
        see("verdict", { ...portal.page, ms: performance.now() - askedAt });
        const text = await portal.text();
        if (!text.includes("is incorrect, or the account cannot be used"))
          throw new Error(`no wrong password was tried here: ${text.slice(0, 600)}`);
      } finally {
        portal.close();
      }
    },
  };
}

const MAKE: Readonly<Record<FlowName, (installation: EnumerationInstallation) => Flow>> = {
  reset: resetFlow,
  "sign-in": signInFlow,
};

interface Walk {
  readonly portal: PortalClient;
  /** Null: what happens now is not compared. */
  step: string | null;
}

function startWalk(installation: EnumerationInstallation, see: (step: string, hop: Hop) => void): Walk {
  const walk: Walk = {
    step: null,
    portal: installation.visitor((hop) => {
      // A captcha is fetched before the name is sent.
      if (walk.step === null || hop.path === "/captcha" || isWaiting(hop)) return;
      see(walk.step, hop);
    }),
  };
  return walk;
}

const isWaiting = ({ body }: Hop): boolean => tagWith(body, "data-screen")?.["data-screen"] === "checking";
