/** The flows that are open to a stranger with user names but without codes or passwords. */
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
  /** The number as a visitor types it. */
  readonly number: string;
}

export interface EnumerationInstallation {
  /** Returns a different user on each call within a flow. All names have the same length. */
  next(flow: FlowName, kind: Kind): Suspect;
  /** Opens a client with its own network address. */
  visitor(onHop: (hop: Hop) => void): PortalClient;
  readonly outbox: Outbox;
}

export interface Flow {
  /** Number of visitors at the same time. */
  readonly atOnce: number;
  /** Called for every request after the name was sent, with all that a stranger can compare. */
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
        // Codes that are never entered would open the breaker against toll fraud, so a quarter of them is entered.
        if (kind === "known" && ++known % 2 === 0)
          await enterCode(portal, await installation.outbox.otp(number));
      } finally {
        portal.close();
      }
    },
  };
}

/** A password of the right form that no account has. */
const WRONG_PASSWORD = "Wr0ng-Passw0rd-Of-Nobody!";

/**
 * Signs in with script: the password is sealed under a draft. The answer comes at a fixed time after the form, which is what a
 * visitor waits for. Other visitors of all kinds arrive meanwhile, as at a real portal.
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
        // Counts in steps of time: an extra step shows here and not in the look of the page.
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
  /** Null while requests are not compared. */
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
