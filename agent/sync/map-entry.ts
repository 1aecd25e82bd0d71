/** A directory entry as the cloud will know it, or the reason why it cannot be used. Pure. */
import { z } from "zod";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";
import type { RejectReason } from "../../shared/protocol/frames.ts";
import type { DirectoryUser, PhoneField, PhoneProblem } from "../../shared/user.ts";
import type { AttributeMapping } from "../config.ts";
import type { DialectName, DirectoryEntry } from "../directory/directory.ts";
import { DnSet } from "../directory/ldap/dn.ts";
import { firstText, readText, type TextProblem } from "./read-text.ts";

export interface MapOptions {
  readonly attributes: AttributeMapping;
  readonly dialect: DialectName;
  /** Of numbers without +CC, by the configured base the entry was found under. */
  readonly regionOf: (base: string) => PhoneRegion;
  /** Only to tell "no id" from "several ids"; the dialect's own when left out. */
  readonly idAttribute?: string | undefined;
  /** Direct members count as protected. The agent looks again, nested groups included, before every write. */
  readonly protectedGroups: readonly string[];
}

export type MappedEntry =
  | {
      readonly kind: "user";
      readonly user: DirectoryUser;
      /** Attributes that hold something unusable which the person can do without; never their values. */
      readonly ignored: readonly string[];
    }
  | {
      readonly kind: "rejected";
      readonly id: string | null;
      readonly reason: RejectReason;
      /** Which attribute, never its value. */
      readonly attribute: string | null;
    };

type Values = readonly Buffer[];

/** More values than this in one attribute is no person but an accident. */
const MAX_VALUES = 100;
const MAX_NAME_LENGTH = 256;
const MAX_ALIASES = 8;
const emailSchema = z.email().max(254);

/** Thrown and caught in this file only: the first thing wrong decides. */
class Rejection extends Error {
  readonly reason: RejectReason;
  readonly attribute: string | null;
  constructor(reason: RejectReason, attribute: string | null) {
    super(reason);
    this.reason = reason;
    this.attribute = attribute;
  }
}

export function mapEntry(entry: DirectoryEntry, options: MapOptions): MappedEntry {
  try {
    return toUser(entry, options);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { kind: "rejected", id: entry.id, reason: error.reason, attribute: error.attribute };
  }
}

function toUser(entry: DirectoryEntry, options: MapOptions): MappedEntry {
  const { attributes, dialect } = options;
  const isActiveDirectory = dialect === "active-directory";
  const read = (attribute: string): Values => valuesOf(entry, attribute);

  if (entry.id === null) {
    const attribute = options.idAttribute ?? (isActiveDirectory ? "objectGUID" : "entryUUID");
    throw new Rejection(read(attribute).length > 1 ? "several_ids" : "no_id", attribute);
  }

  const { userName, otherNames } = namesOf(read, attributes, isActiveDirectory);
  const region = options.regionOf(entry.base);
  const phones: Record<PhoneField, FoundPhone> = {
    mobile: findPhone(read(attributes.mobile), region),
    officePhone: findPhone(read(attributes.officePhone), region),
  };
  const email =
    attributes.alternateEmail === undefined
      ? { value: null, isUnusable: false }
      : findEmail(read(attributes.alternateEmail));

  return {
    kind: "user",
    user: {
      id: entry.id,
      userName,
      aliases: otherNames,
      displayName: displayNameOf(read, attributes.displayName) ?? displayNameOf(read, "cn"),
      mobile: phones.mobile.e164,
      officePhone: phones.officePhone.e164,
      alternateEmail: email.value,
      enabled: isActiveDirectory ? !isDisabledInActiveDirectory(read) : !isDisabledElsewhere(read),
      protected: isProtected(read, options.protectedGroups),
      phoneProblems: (["mobile", "officePhone"] as const).flatMap((field) => {
        const { problem } = phones[field];
        return problem === null ? [] : [{ field, problem }];
      }),
    },
    ignored: email.isUnusable && attributes.alternateEmail !== undefined ? [attributes.alternateEmail] : [],
  };
}

function valuesOf(entry: DirectoryEntry, attribute: string): Values {
  const values = entry.attributes.get(attribute.toLowerCase()) ?? [];
  if (values.length > MAX_VALUES) throw new Rejection("invalid_value", attribute);
  return values;
}

const REASON_OF: Readonly<Record<TextProblem, RejectReason>> = {
  too_long: "value_too_long",
  not_utf8: "invalid_text",
  control: "invalid_text",
  direction: "invalid_text",
};

// ---- Names -------------------------------------------------------------------------------------------------------

type Read = (attribute: string) => Values;

/**
 * A directory may hold several values of the naming attribute (`uid`): the first is the user name, all of them find the person.
 * In Active Directory accounts without a userPrincipalName are known by sAMAccountName.
 */
function namesOf(
  read: Read,
  { userName, aliases }: AttributeMapping,
  isActiveDirectory: boolean,
): { userName: string; otherNames: string[] } {
  const nameAttributes =
    userName !== undefined
      ? [userName]
      : isActiveDirectory
        ? ["userPrincipalName", "sAMAccountName"]
        : ["uid"];
  const aliasAttributes = aliases ?? (isActiveDirectory ? ["sAMAccountName"] : ["mail"]);
  const names = (attribute: string): string[] => read(attribute).flatMap((value) => nameIn(value, attribute));

  let own: string[] = [];
  for (const attribute of nameAttributes) {
    own = names(attribute);
    if (own.length > 0) break;
  }
  const [first, ...more] = own;
  if (first === undefined) throw new Rejection("no_user_name", nameAttributes[0] ?? null);
  const others = [...more, ...aliasAttributes.flatMap(names)].map((name) => name.toLowerCase());
  // Small letters can be longer than capitals (\u0130), so the length is looked at again.
  const distinct = [...new Set(others)].filter(
    (name) => name !== first.toLowerCase() && name.length <= MAX_NAME_LENGTH,
  );
  return { userName: first, otherNames: distinct.slice(0, MAX_ALIASES).sort() };
}

/** Marks that turn the direction of text make one login name look like another: not in a name that people type. */
function nameIn(value: Buffer, attribute: string): string[] {
  const text = readText(value, { maxLength: MAX_NAME_LENGTH, directionMarks: "refuse" });
  if (!text.ok) throw new Rejection(REASON_OF[text.problem], attribute);
  return text.text === "" ? [] : [text.text];
}

function displayNameOf(read: Read, attribute: string): string | null {
  const text = firstText(read(attribute), { maxLength: MAX_NAME_LENGTH, directionMarks: "remove" });
  if (text === null) return null;
  if (!text.ok) throw new Rejection(REASON_OF[text.problem], attribute);
  return text.text;
}

// ---- Numbers and addresses ---------------------------------------------------------------------------------------

interface FoundPhone {
  readonly e164: string | null;
  /** Of the first value, when none can be used. */
  readonly problem: PhoneProblem | null;
}

function findPhone(values: Values, region: PhoneRegion): FoundPhone {
  let problem: PhoneProblem | null = null;
  for (const value of values) {
    // Windows puts an invisible mark in front of every number copied from its contact cards.
    const text = readText(value, { maxLength: 64, directionMarks: "remove" });
    if (!text.ok) {
      problem ??= text.problem === "too_long" ? "too_long" : "not_a_number";
      continue;
    }
    if (text.text === "") continue;
    const phone = parsePhone(text.text, region);
    if (phone.ok) return { e164: phone.e164, problem: null };
    problem ??= phone.problem;
  }
  return { e164: null, problem };
}

function findEmail(values: Values): { readonly value: string | null; readonly isUnusable: boolean } {
  let isUnusable = false;
  for (const value of values) {
    const text = readText(value, { maxLength: 254, directionMarks: "refuse" });
    if (text.ok && text.text === "") continue;
    const email = text.ok ? emailSchema.safeParse(text.text) : undefined;
    if (email?.success === true) return { value: email.data, isUnusable: false };
    isUnusable = true;
  }
  return { value: null, isUnusable };
}

// ---- State of the account ----------------------------------------------------------------------------------------

/** [MS-ADTS] 2.2.16, userAccountControl: ADS_UF_ACCOUNTDISABLE. */
const ACCOUNT_DISABLED = 0x2;

function isDisabledInActiveDirectory(read: Read): boolean {
  const attribute = "userAccountControl";
  const [value] = read(attribute);
  if (value === undefined) return false;
  const text = value.toString("latin1");
  if (!/^-?\d{1,10}$/.test(text)) throw new Rejection("invalid_value", attribute);
  return (Number(text) & ACCOUNT_DISABLED) !== 0;
}

/** Locked for good by an administrator (draft-behera-ldap-password-policy section 5.3.3). */
const LOCKED_FOR_GOOD = "000001010000Z";

function isDisabledElsewhere(read: Read): boolean {
  const is = (attribute: string, wanted: string): boolean =>
    read(attribute)[0]?.toString("latin1").toLowerCase() === wanted.toLowerCase();
  return is("pwdAccountLockedTime", LOCKED_FOR_GOOD) || is("nsAccountLock", "true");
}

function isProtected(read: Read, protectedGroups: readonly string[]): boolean {
  if (read("adminCount")[0]?.toString("latin1") === "1") return true;
  if (protectedGroups.length === 0) return false;
  const wanted = new DnSet(protectedGroups);
  return read("memberOf").some((dn) => wanted.has(dn.toString("utf8")));
}
