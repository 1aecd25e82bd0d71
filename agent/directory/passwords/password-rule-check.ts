/**
 * Explains why Active Directory refused a password. A real domain controller gives one code for length, complexity, age and
 * history (0000052D), so the rule is applied here once more, after the refusal. The directory alone decides; this only explains.
 */
import type { PasswordRule, VerdictCode } from "../../../shared/writeback.ts";

export interface RefusedPassword {
  readonly password: string;
  readonly accountName: string | null;
  readonly displayName: string | null;
  /** When the password was last set, epoch ms; null when never, or not known. */
  readonly changedAt: number | null;
  readonly now: number;
  /** True when the server checked history and minimum age. It does not for a reset without policy hints. */
  readonly historyChecked: boolean;
}

export interface Explanation {
  readonly code: Extract<
    VerdictCode,
    | "PASSWORD_TOO_SHORT"
    | "PASSWORD_COMPLEXITY"
    | "PASSWORD_TOO_YOUNG"
    | "PASSWORD_IN_HISTORY"
    | "PASSWORD_POLICY"
  >;
  /** When a change becomes possible, ISO 8601; null except with PASSWORD_TOO_YOUNG. */
  readonly possibleAt: string | null;
}

/** Finds the broken rule. History cannot be read, so it is what remains when every other rule is known and met. */
export function explainRefusal(refused: RefusedPassword, rule: PasswordRule | null): Explanation {
  const because = (code: Explanation["code"], possibleAt: string | null = null): Explanation => ({
    code,
    possibleAt,
  });
  if (rule === null) return because("PASSWORD_POLICY");
  if (rule.minLength !== null && refused.password.length < rule.minLength)
    return because("PASSWORD_TOO_SHORT");
  if (rule.complexity === true && !isComplex(refused)) return because("PASSWORD_COMPLEXITY");
  if (!refused.historyChecked) return because("PASSWORD_POLICY");

  const possibleAt = possibleFrom(refused, rule);
  if (possibleAt !== null) return because("PASSWORD_TOO_YOUNG", possibleAt);
  const everythingElseFits =
    rule.minLength !== null && rule.complexity !== null && rule.minAgeSeconds !== null;
  return because(
    everythingElseFits && (rule.historyLength ?? 0) > 0 ? "PASSWORD_IN_HISTORY" : "PASSWORD_POLICY",
  );
}

/** Returns when the password may be changed, ISO 8601; null when it is old enough now. */
export function possibleFrom(
  { changedAt, now }: Pick<RefusedPassword, "changedAt" | "now">,
  rule: Pick<PasswordRule, "minAgeSeconds"> | null,
): string | null {
  if (changedAt === null || rule?.minAgeSeconds == null) return null;
  const at = changedAt + rule.minAgeSeconds * 1000;
  return at > now ? new Date(at).toISOString() : null;
}

/**
 * Checks complexity ([MS-SAMR] 3.1.1.7.2): three of five kinds of characters, and neither the account name nor a part of
 * the display name.
 */
function isComplex({ password, accountName, displayName }: RefusedPassword): boolean {
  return countKinds(password) >= 3 && !containsName(password, accountName, displayName);
}

const KINDS = [
  /\p{Lu}/u,
  /\p{Ll}/u,
  /\p{Nd}/u,
  /[~!@#$%^&*_\-+=`|\\(){}[\]:;"'<>,.?/]/,
  /[\p{Lo}\p{Lt}\p{Lm}]/u,
];

export function countKinds(password: string): number {
  return KINDS.filter((kind) => kind.test(password)).length;
}

/** Shorter names do not count. */
const MIN_NAME = 3;

export function containsName(
  password: string,
  accountName: string | null,
  displayName: string | null,
): boolean {
  const text = password.toLowerCase();
  return [accountName ?? "", ...(displayName ?? "").split(/[,.\-_ #\t]+/)].some(
    (name) => name.length >= MIN_NAME && text.includes(name.toLowerCase()),
  );
}
