/** Reads names of users. What is typed and what the directory holds have one form, in the portals, the API, the sync and the agent. Pure. */
import { foldCase, plainText } from "./typed-text.ts";

/** Longest user name. */
export const MAX_USER_NAME = 256;

/** What keyboards, phones and word processors write for an apostrophe. */
const APOSTROPHES = /[\u0060\u00b4\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032\uff07]/g;

/** Before `plainText`, which makes a space and an accent of some of them; and after it, which makes others of them out of ligatures. */
const plainName = (name: string): string =>
  plainText(name.normalize("NFC").replace(APOSTROPHES, "'")).replace(APOSTROPHES, "'");

/**
 * Returns a name in the form in which names are compared: without invisible characters, width, case, kinds of apostrophes, dashes
 * and spaces.
 */
export const nameKey = (name: string): string => foldCase(plainName(name));

export interface TypedName {
  /** The name to show: as typed, without what nobody sees. */
  readonly text: string;
  readonly key: string;
  /**
   * The account name that may be meant where a domain is written beside it. Null where none is. `domain` and `key` are in the form of
   * `nameKey`.
   */
  readonly account: {
    readonly key: string;
    readonly domain: string;
    /** `before`: `DOMAIN\name`. `after`: `name@domain`. */
    readonly place: "before" | "after";
  } | null;
}

/** Reads a typed name. A name that is none is found nowhere; `isUserName` tells. */
export function readName(typed: string): TypedName {
  const text = unwrapped(plainName(typed.slice(0, 8 * MAX_USER_NAME)));
  const key = foldCase(text);
  return { text, key, account: accountOf(key) };
}

/** Tells whether a text can be a name: it has a length, no control characters, and one `\` at most, between domain and name. */
export const isUserName = ({ text }: Pick<TypedName, "text">): boolean =>
  text !== "" &&
  text.length <= MAX_USER_NAME &&
  !/[\u0000-\u001f\u007f-\u009f]/.test(text) &&
  /^[^\\]+(?:\\[^\\]+)?$/.test(text);

/** Takes the address from `mailto:jane@example.com` and from `Jane Doe <jane@example.com>`, as mail programs copy them. */
const unwrapped = (text: string): string =>
  (/<([^<>\s]+@[^<>\s]+)>$/.exec(text)?.[1] ?? text).replace(/^mailto:([^?]*).*$/i, "$1");

function accountOf(key: string): TypedName["account"] {
  const [, before, name] = /^([^\\/@]+) ?[\\/] ?([^\\/]+)$/.exec(key) ?? [];
  if (before !== undefined && name !== undefined)
    return { key: name, domain: before.trim(), place: "before" };
  const [, account, domain] = /^([^@\\]+)@([^@\\]+)$/.exec(key) ?? [];
  return account === undefined || domain === undefined ? null : { key: account, domain, place: "after" };
}
