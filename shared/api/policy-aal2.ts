/**
 * Checks a policy against the profile `aal2`: what NIST SP 800-63B-4 asks of the recovery of an account that can
 * authenticate at AAL2. A code that Latchkey sends is an issued recovery code (§4.2.1.2), a code that the user kept is a
 * saved one (§4.2.1.1), and an authenticator app is a single-factor authenticator (§3.1.4).
 */
import { isSentMethod, type Method } from "../methods.ts";
import type { PolicyProblem } from "./policy-checks.ts";

interface Aal2Rules {
  readonly methods: readonly Method[];
  readonly methodsRequired: number;
  readonly number: { readonly trust: string; readonly holdHours: number };
  readonly notifyUser: boolean;
}

interface Aal2Changes {
  readonly methods?: readonly Method[] | undefined;
  readonly methodsRequired?: number | undefined;
  readonly number?:
    { readonly trust?: string | undefined; readonly holdHours?: number | undefined } | undefined;
  readonly notifyUser?: boolean | undefined;
}

/** The parts of a policy that the profile has rules for. */
export interface Aal2Policy {
  readonly default: Aal2Rules;
  readonly groups: readonly { readonly rules: Aal2Changes }[];
  readonly privileged: { readonly methods?: readonly Method[] | undefined };
  readonly contact: { readonly url?: string | undefined; readonly emails: readonly string[] };
}

export function checkAal2(policy: Aal2Policy): PolicyProblem[] {
  const { default: base, groups, privileged, contact } = policy;
  const ofDefault = faultsOf(base);
  const problems = at(["default"], ofDefault);

  groups.forEach(({ rules }, index) => {
    // A fault that a group inherits is reported at the default only.
    const own = faultsOf(merge(base, rules)).filter(
      (fault) => isChanged(rules, fault.key) || !ofDefault.some(({ key }) => key === fault.key),
    );
    problems.push(...at(["groups", index, "rules"], own));
  });

  problems.push(...at(["privileged"], methodFaults(privileged.methods ?? [])));
  if (contact.url === undefined && contact.emails.length === 0)
    problems.push({
      path: ["contact"],
      message: refused(
        "needs a url or emails",
        "a user who is notified of a recovery by someone else needs a contact",
        "§4.6",
        "set contact.url or contact.emails",
      ),
    });
  return problems;
}

type Key = "methods" | "methodsRequired" | "number.trust" | "number.holdHours" | "notifyUser";

/** A weekend and a day: long enough for a user to see the notice. */
const LEAST_HOLD_HOURS = 72;

interface Fault {
  readonly key: Key;
  readonly message: string;
}

function faultsOf({ methods, methodsRequired, number, notifyUser }: Aal2Rules): Fault[] {
  const faults = methodFaults(methods);
  const add = (key: Key, message: string): void => {
    faults.push({ key, message });
  };
  if (methodsRequired < 2)
    add(
      "methodsRequired",
      refused("must be 2", "recovery takes two different proofs", "§4.2.2.2", "set methodsRequired: 2"),
    );
  if (number.trust !== "verified")
    add(
      "number.trust",
      refused(
        "must be verified",
        "a recovery address counts only after the user confirmed it",
        "§4.2.1.2",
        "set number.trust: verified",
      ),
    );
  // The standard asks for a notice of each new authenticator. That a method waits for it is a rule of Latchkey.
  if (number.holdHours < LEAST_HOLD_HOURS)
    add(
      "number.holdHours",
      refused(
        `must be at least ${LEAST_HOLD_HOURS}`,
        "a method that was added with the password alone waits until its owner has seen the notice",
        "§4.1.2.1",
        `set number.holdHours: ${LEAST_HOLD_HOURS}`,
      ),
    );
  if (!notifyUser)
    add(
      "notifyUser",
      refused("must be true", "every recovery is notified to the user", "§4.2.3", "set notifyUser: true"),
    );
  return faults;
}

function methodFaults(methods: readonly Method[]): Fault[] {
  const faults: Fault[] = [];
  if (methods.includes("questions"))
    faults.push({
      key: "methods",
      message: refused(
        "must not contain questions",
        "answers to questions are not a method of recovery",
        "§4.2.1",
        "remove questions",
      ),
    });
  const sent = methods.filter(isSentMethod);
  // A text and a call to the mobile number are never two proofs of one reset.
  if (new Set(sent.map((method) => (method === "call" ? "text" : method))).size > 1)
    faults.push({
      key: "methods",
      message: refused(
        `must not send codes to several addresses (${sent.join(", ")})`,
        "codes that are sent are one method of recovery, and the two proofs need different methods",
        "§4.2.2.2",
        "keep text and call, or office_call, or email, and list authenticator and recovery_code beside it",
      ),
    });
  return faults;
}

const refused = (fault: string, rule: string, section: string, fix: string): string =>
  `${fault} in the profile aal2: ${rule} (NIST SP 800-63B-4 ${section}); ${fix}`;

const at = (path: readonly (string | number)[], faults: readonly Fault[]): PolicyProblem[] =>
  faults.map(({ key, message }) => ({ path: [...path, ...key.split(".")], message }));

const merge = (base: Aal2Rules, changes: Aal2Changes): Aal2Rules => ({
  methods: changes.methods ?? base.methods,
  methodsRequired: changes.methodsRequired ?? base.methodsRequired,
  number: {
    trust: changes.number?.trust ?? base.number.trust,
    holdHours: changes.number?.holdHours ?? base.number.holdHours,
  },
  notifyUser: changes.notifyUser ?? base.notifyUser,
});

function isChanged(changes: Aal2Changes, key: Key): boolean {
  if (key === "number.trust") return changes.number?.trust !== undefined;
  if (key === "number.holdHours") return changes.number?.holdHours !== undefined;
  return changes[key] !== undefined;
}
