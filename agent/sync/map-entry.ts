/** Converts a directory entry into the user that the cloud stores, or into a rejection with its reason. Pure. */
import { AppError } from "../../shared/errors.ts";
import { readAddress } from "../../shared/mail-address.ts";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";
import type { RejectReason } from "../../shared/protocol/frames.ts";
import {
  type DirectoryUser,
  PHONE_PROBLEMS,
  type PhoneProblem,
  VALUE_PROBLEMS,
  type ValueProblem,
} from "../../shared/user.ts";
import type { AttributeMapping } from "../config.ts";
import type { DirectoryEntry } from "../directory/directory.ts";
import { readText } from "../directory/entries/read-text.ts";
import { valuesIfFew } from "../directory/entries/read-values.ts";
import { problemOf } from "../directory/entries/unusable-entries.ts";

export interface MapOptions {
  readonly attributes: AttributeMapping;
  /** The region of numbers without +CC, by the configured base the entry was found under. */
  readonly regionOf: (base: string) => PhoneRegion;
}

/** A value that the user is synced without; never the value itself. */
export interface UnusableValue {
  readonly attribute: string;
  readonly reason: ValueProblem;
}

export type MappedEntry =
  | { readonly kind: "user"; readonly user: DirectoryUser; readonly unusable: readonly UnusableValue[] }
  | {
      readonly kind: "rejected";
      readonly id: string | null;
      readonly reason: RejectReason;
      /** The attribute concerned, never its value. */
      readonly attribute: string | null;
    };

const MAX_DISPLAY_NAME_LENGTH = 256;

/**
 * Only an id, a user name and the state of the account can make a user unusable: without them the cloud could not tell
 * users apart or might let the wrong ones in. Every other bad value is left out and listed.
 */
export function mapEntry(entry: DirectoryEntry, { attributes, regionOf }: MapOptions): MappedEntry {
  const { id, names } = entry;
  const unusable = problemOf(entry);
  if (unusable !== null) return { kind: "rejected", id, ...unusable };
  if (id === null || "reason" in names) throw new AppError("INTERNAL", "An entry has names and no id.");

  const region = regionOf(entry.base);
  const readPhone = (value: Buffer): Read<PhoneProblem> => phoneOf(value, region);
  const mobile = findValue(entry, attributes.mobile, readPhone);
  const officePhone = findValue(entry, attributes.officePhone, readPhone);
  const email =
    attributes.alternateEmail === undefined ? NOTHING : findValue(entry, attributes.alternateEmail, emailOf);
  const mail = findValue(entry, attributes.mail, emailOf);
  const displayName = findValue(entry, attributes.displayName, displayNameOf);
  const commonName = displayName.value === null ? findValue(entry, "cn", displayNameOf) : NOTHING;

  const texts = distinct([
    ...names.unusable.map(({ attribute, reason }) => ({ attribute, reason: valueProblemOf(reason) })),
    ...listed(attributes.displayName, displayName),
    ...listed("cn", commonName),
    ...listed(attributes.alternateEmail ?? "", email),
    ...listed(attributes.mail, mail),
  ]);
  return {
    kind: "user",
    user: {
      id,
      userName: names.userName,
      aliases: [...names.aliases],
      displayName: displayName.value ?? commonName.value,
      mobile: mobile.value,
      officePhone: officePhone.value,
      alternateEmail: email.value,
      mail: mail.value,
      // The reading account may not see it. The writing account reads it again before a write, and refuses what it
      // cannot read.
      enabled: entry.enabled === "not_shown" || entry.enabled === true,
      protected: entry.protected,
      phoneProblems: (["mobile", "officePhone"] as const).flatMap((field) => {
        const { problem } = { mobile, officePhone }[field];
        return problem === null ? [] : [{ field, problem: phoneProblemOf(problem) }];
      }),
      valueProblems: texts.map(({ attribute, reason }) => ({ attribute, problem: reason })),
    },
    unusable: distinct([
      ...texts,
      ...listed(attributes.mobile, mobile),
      ...listed(attributes.officePhone, officePhone),
    ]),
  };
}

/** Names each attribute once: one attribute may give the alias and the alternate address. */
const distinct = (values: readonly UnusableValue[]): UnusableValue[] => [
  ...new Map(values.map((value) => [value.attribute.toLowerCase(), value])).values(),
];

const listed = (attribute: string, { problem }: Found): UnusableValue[] =>
  problem === null ? [] : [{ attribute, reason: problem }];

const phoneProblemOf = (problem: ValueProblem): PhoneProblem =>
  PHONE_PROBLEMS.find((known) => known === problem) ?? "not_a_number";
const valueProblemOf = (reason: RejectReason): ValueProblem =>
  VALUE_PROBLEMS.find((known) => known === reason) ?? "invalid_value";

type Read<P extends ValueProblem = ValueProblem> =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: P };

interface Found {
  readonly value: string | null;
  /** The problem of the first value, when none can be used. */
  readonly problem: ValueProblem | null;
}
const NOTHING: Found = { value: null, problem: null };

/** Returns the first usable value. `read` gives the empty text for a value that holds nothing. */
function findValue(entry: DirectoryEntry, attribute: string, read: (value: Buffer) => Read): Found {
  const values = valuesIfFew(entry, attribute);
  if (values === null) return { value: null, problem: "too_many_values" };
  let problem: ValueProblem | null = null;
  for (const value of values) {
    const result = read(value);
    if (!result.ok) problem ??= result.problem;
    else if (result.value !== "") return { value: result.value, problem: null };
  }
  return { value: null, problem };
}

function displayNameOf(value: Buffer): Read {
  const text = readText(value, { maxLength: MAX_DISPLAY_NAME_LENGTH, directionMarks: "remove" });
  if (text.ok) return { ok: true, value: text.text };
  return { ok: false, problem: text.problem === "too_long" ? "value_too_long" : "invalid_text" };
}

function phoneOf(value: Buffer, region: PhoneRegion): Read<PhoneProblem> {
  // Windows puts an invisible mark in front of every number copied from its contact cards.
  const text = readText(value, { maxLength: 64, directionMarks: "remove" });
  if (!text.ok) return { ok: false, problem: text.problem === "too_long" ? "too_long" : "not_a_number" };
  if (text.text === "") return { ok: true, value: "" };
  const phone = parsePhone(text.text, region);
  return phone.ok ? { ok: true, value: phone.e164 } : phone;
}

function emailOf(value: Buffer): Read {
  const text = readText(value, { maxLength: 254, directionMarks: "refuse" });
  if (!text.ok)
    return { ok: false, problem: text.problem === "too_long" ? "value_too_long" : "invalid_text" };
  if (text.text === "") return { ok: true, value: "" };
  const address = readAddress(text.text);
  return address === null ? { ok: false, problem: "invalid_value" } : { ok: true, value: address };
}
