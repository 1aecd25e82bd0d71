/**
 * Uses the portals over HTTP: reads a page, fills in one of its forms, reads the next. With script, it solves the captcha and
 * seals passwords like the page's script; without, it posts the fields as they are.
 */
import { z } from "zod";
import { jobOrderSchema, sealingKeyRecordSchema } from "../shared/sealing/job.ts";
import { type Passwords, sealPassword } from "../shared/sealing/password.ts";
import { sealSignIn, signInOrderSchema } from "../shared/sealing/sign-in.ts";
import { Secret } from "../shared/secret.ts";
import { formsOf, type HtmlForm, readableText, tagWith } from "./html-forms.ts";
import type { PortalDriver } from "./portal-driver.ts";
import { type CaptchaChallenge, solveCaptcha } from "./solve-captcha.ts";
import { createVisitor, type FormValues, type Page, type Visitor, type VisitorOptions } from "./visitor.ts";

export interface PortalClientOptions extends VisitorOptions {
  /** False for a browser without script. */
  readonly script?: boolean;
  /** Replaces fetching and solving a captcha each time. */
  readonly nextCaptcha?: () => Promise<string>;
  /** Answers the question of a form for a browser without script. The argument is the form's text. */
  readonly answerQuestion?: (text: string) => string;
}

export interface PortalClient extends PortalDriver {
  readonly visitor: Visitor;
  /** The current page. */
  readonly page: Page;
  /** Shows an earlier page again, like the back button. */
  show(page: Page): void;
  /** Finds the form with this address that has fields for these values. */
  form(action: string, values?: FormValues): HtmlForm;
  close(): void;
}

/** Fetches and solves a captcha for `nextCaptcha`. A captcha is bound to no cookie. */
export async function fetchCaptcha(visitor: Visitor, path = "/captcha"): Promise<string> {
  const { status, body } = await visitor.send("GET", path);
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  return solveCaptcha(JSON.parse(body) as CaptchaChallenge);
}

export function createPortalClient(options: PortalClientOptions): PortalClient {
  const { script = true } = options;
  const visitor = createVisitor(options);
  let present: Page | undefined;
  const page = (): Page => {
    if (present === undefined) throw new Error("no page is open");
    return present;
  };
  /** Describes the page for a failed test. */
  const seen = (): string => `${page().status} ${page().path}: ${readableText(page().body).slice(0, 600)}`;

  const form: PortalClient["form"] = (action, values = {}) => {
    const found = formsOf(page().body).find(
      (each) =>
        each.action === action &&
        Object.entries(values).every(([name, value]) =>
          each.fields.some(
            (field) =>
              field.name === name &&
              (field.value === value || (field.type !== "hidden" && field.type !== "radio")),
          ),
        ),
    );
    if (found === undefined)
      throw new Error(`no form to ${action} for ${Object.keys(values).join(", ")} here: ${seen()}`);
    return found;
  };

  return {
    visitor,
    get page() {
      return page();
    },
    screen: () => Promise.resolve(tagWith(page().body, "data-screen")?.["data-screen"] ?? ""),
    html: () => Promise.resolve(page().body),
    text: () => Promise.resolve(readableText(page().body)),
    async open(path) {
      present = await visitor.get(path);
    },
    show(page) {
      present = page;
    },
    form,
    has: (action) => Promise.resolve(formsOf(page().body).some((each) => each.action === action)),
    async submit(action, values = {}, press) {
      const chosen = form(action, values);
      const filled: Record<string, string> = {};
      for (const { name, value, checked } of chosen.fields) if (checked) filled[name] ??= value;
      Object.assign(filled, values);
      const button = chosen.buttons.find(({ value }) => press === undefined || value === press);
      if (button !== undefined && button.name !== null) filled[button.name] = button.value;

      if (chosen.data["captcha"] !== undefined) {
        if (script)
          filled["captcha"] = await (options.nextCaptcha?.() ??
            fetchCaptcha(visitor, chosen.data["captcha"]));
        else filled["captchaAnswer"] = options.answerQuestion?.(chosen.text) ?? "";
      }
      let address = action;
      if (script && chosen.data["sign-in"] !== undefined) {
        if (!(await signInFirst(visitor, chosen, filled))) {
          present = await visitor.get(page().path);
          return;
        }
        address = chosen.data["signed-in-action"] ?? "";
      }
      if (script && chosen.data["seal"] !== undefined) await sealFields(visitor, chosen, filled);
      present = await visitor.post(address, filled);
    },
    close: () => visitor.close(),
  };
}

const draftSchema = z.object({
  order: z.union([jobOrderSchema, signInOrderSchema]),
  recipients: z.array(sealingKeyRecordSchema),
  token: z.string(),
});

/** Replaces the password fields with the sealed value. */
async function sealFields(visitor: Visitor, form: HtmlForm, filled: Record<string, string>): Promise<void> {
  const names = (form.data["seal-fields"] ?? "").split(",").map((name) => name.trim());
  const passwords = names.map((name) => new Secret(filled[name] ?? ""));
  filled["sealed"] = await sealTo(visitor, form.data["seal"] ?? "", contextOf(form, filled), passwords);
  for (const name of [...names, form.data["seal-repeat"] ?? ""]) Reflect.deleteProperty(filled, name);
}

/** Signs in with the password of the first field, for a form that requires it. False means that the page must be loaded again. */
async function signInFirst(
  visitor: Visitor,
  form: HtmlForm,
  filled: Record<string, string>,
): Promise<boolean> {
  const [name = ""] = (form.data["seal-fields"] ?? "").split(",");
  const [context, password] = [contextOf(form, filled), new Secret(filled[name] ?? "")];
  const sealed = await sealTo(visitor, form.data["sign-in-draft"] ?? "", context, [password]);
  const { status, body } = await visitor.send("POST", form.data["sign-in"] ?? "", { ...context, sealed });
  if (status !== 200) throw new Error(`signing in: ${status} ${body}`);
  const { signedIn, ...fields } = signedInSchema.parse(JSON.parse(body));
  Object.assign(filled, fields);
  return signedIn;
}
const signedInSchema = z.object({
  signedIn: z.boolean(),
  csrf: z.string().optional(),
  version: z.string().optional(),
});

/** `passwords` are in the order of the page: the old one first, the new one last. */
async function sealTo(
  visitor: Visitor,
  address: string,
  context: FormValues,
  passwords: readonly Secret[],
): Promise<string> {
  const { status, body } = await visitor.send("POST", address, { ...context, suite: "x25519" });
  if (status !== 200) throw new Error(`the draft for sealing: ${status} ${body}`);
  const { order, recipients, token } = draftSchema.parse(JSON.parse(body));
  const [password = new Secret(""), oldPassword] = [...passwords].reverse();
  const both: Passwords = { newPassword: password, ...(oldPassword && { oldPassword }) };
  const sealed = await Promise.all(
    recipients.map((recipient) =>
      "checkId" in order ? sealSignIn(order, recipient, password) : sealPassword(order, recipient, both),
    ),
  );
  return JSON.stringify({ order, token, sealed });
}

/** Collects the hidden fields. */
const contextOf = (form: HtmlForm, filled: FormValues): FormValues =>
  Object.fromEntries(
    form.fields
      .filter(({ type, name }) => type === "hidden" && !NOT_FOR_DRAFTS.has(name))
      .map(({ name }) => [name, filled[name] ?? ""]),
  );

const NOT_FOR_DRAFTS: ReadonlySet<string> = new Set(["sealed", "captcha"]);
