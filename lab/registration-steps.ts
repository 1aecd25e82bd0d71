/** A user's steps at the registration portal, one page each. */
import { Secret, TOTP } from "otpauth";
import type { Outbox } from "./outbox.ts";
import type { PortalDriver } from "./portal-driver.ts";

const CHECKING_MS = 15_000;
const LOOK_MS = 100;

/** Ends at the overview, or at the sign-in with a problem. */
export async function signIn(portal: PortalDriver, userName: string, password: string): Promise<void> {
  await portal.open("/register");
  await portal.submit("/register/start", { userName });
  await signInAgain(portal, password);
}

/** Continues on the page that asks for the password. */
export async function signInAgain(portal: PortalDriver, password: string): Promise<void> {
  await portal.submit("/register/sign-in", { password });
  await untilChecked(portal);
}

/** Opens the page again until the answer is there; a page with script polls by itself. */
export async function untilChecked(portal: PortalDriver, path = "/register"): Promise<void> {
  const deadline = performance.now() + CHECKING_MS;
  while (["checking", "changing"].includes(await portal.screen())) {
    if (performance.now() > deadline) throw new Error("the directory has not answered");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    await portal.open(path);
  }
}

/**
 * Proves more than the password by a code to the user's number or address, as methods change only then. Does nothing when no
 * proof is needed.
 */
export async function verifyByCode(
  portal: PortalDriver,
  outbox: Outbox,
  method: "text" | "email",
  to: string,
): Promise<void> {
  await portal.open("/register/verify");
  if (!(await portal.html()).includes('action="/register/verify/method"')) return;
  const [before] = await outbox.messages(to);
  await portal.submit("/register/verify/method", { method });
  await portal.submit("/register/code", { otp: await outbox.otp(to, before?.number) });
}

type Addressed = "mobile" | "officePhone" | "email";
const channelOf = (what: Addressed): "text" | "email" => (what === "email" ? "email" : "text");
const PAGES = {
  mobile: "/register/mobile",
  officePhone: "/register/office",
  email: "/register/email",
} as const;

/** Confirms a value from the directory. `to` is the value in the form that the cloud sends to. */
export async function confirmSynced(
  portal: PortalDriver,
  outbox: Outbox,
  what: Addressed,
  to: string,
): Promise<void> {
  const [before] = await outbox.messages(to);
  await portal.submit("/register/confirm", { what, channel: channelOf(what) });
  await portal.submit("/register/code", { otp: await outbox.otp(to, before?.number) });
}

/** Adds the user's own number or address. `value` is as typed. */
export async function addOwn(
  portal: PortalDriver,
  outbox: Outbox,
  what: Addressed,
  value: string,
  to = value,
): Promise<void> {
  await portal.open(PAGES[what]);
  const [before] = await outbox.messages(to);
  await portal.submit("/register/add", { what, value, channel: channelOf(what) });
  await portal.submit("/register/code", { otp: await outbox.otp(to, before?.number) });
}

export interface AuthenticatorApp {
  /** A code that no call has returned before. Call at most twice in 30 s: the cloud accepts one step ahead. */
  nextCode(): string;
  readonly secret: string;
}

const STEP_MS = 30_000;

export async function setUpAuthenticator(portal: PortalDriver): Promise<AuthenticatorApp> {
  await portal.submit("/register/authenticator");
  const secret = /<code class="secret">([^<]+)<\/code>/.exec(await portal.html())?.[1]?.replace(/\s/g, "");
  if (secret === undefined) throw new Error(`no secret is shown: ${await portal.text()}`);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  let step = 0;
  const app: AuthenticatorApp = {
    secret,
    nextCode() {
      step = Math.max(step + 1, Math.floor(Date.now() / STEP_MS));
      return totp.generate({ timestamp: step * STEP_MS });
    },
  };
  await portal.submit("/register/code", { otp: app.nextCode() });
  return app;
}

/** Makes recovery codes and returns them. They are shown once. */
export async function makeRecoveryCodes(portal: PortalDriver): Promise<string[]> {
  await portal.submit("/register/recovery-codes");
  const codes = [...(await portal.html()).matchAll(/<li><code>([^<]+)<\/code><\/li>/g)].map(
    ([, code = ""]) => code,
  );
  await portal.submit("/register/recovery-codes/keep");
  return codes;
}

/** Answers the questions that the page proposes. */
export async function answerQuestions(portal: PortalDriver, answers: readonly string[]): Promise<void> {
  await portal.open("/register/questions");
  await portal.submit(
    "/register/questions/save",
    Object.fromEntries(answers.map((answer, at) => [`answer.${at}`, answer])),
  );
}

/** Changes the password without signing in first: the old one is typed once and signs in as well. Ends at the outcome or the problem. */
export async function signInAndChange(
  portal: PortalDriver,
  userName: string,
  oldPassword: string,
  newPassword: string,
): Promise<void> {
  await portal.open("/change");
  await portal.submit("/register/start", { userName });
  await portal.submit("/change/at-once", { oldPassword, newPassword, repeated: newPassword });
  await untilChecked(portal);
}

/** Changes the password when signed in already. */
export async function changePassword(
  portal: PortalDriver,
  oldPassword: string,
  newPassword: string,
): Promise<void> {
  await portal.open("/change");
  await portal.submit("/change/password", { oldPassword, newPassword, repeated: newPassword });
  await untilChecked(portal, "/change");
}
