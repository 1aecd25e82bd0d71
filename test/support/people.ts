/** People of a test's own in a real directory, touched as an administrator would, whichever directory it is. */
import type { LabDirectory } from "../../lab/installation.ts";

export interface Person {
  /** Short name; unused before. */
  readonly name: string;
  /** The user name in the cloud. */
  readonly userName: string;
  readonly dn: string;
  /** 32 hex digits. */
  readonly id: string;
  /** The first one. */
  readonly password: string;
}

export interface MoreAboutPerson {
  readonly officePhone?: string;
  readonly alternateEmail?: string;
}

export interface People {
  /** For an agent whose only base is these people. */
  readonly directory: LabDirectory;
  /** For `writeback.protectedGroups`: groups whose members count as privileged. */
  readonly protectedGroups: readonly string[];
  /** Does the server itself unlock with every reset, asked or not? */
  readonly resetUnlocks: boolean;
  /** For `attributes.alternateEmail`. */
  readonly alternateEmailAttribute: string;
  /** In scope, with a password. */
  add(mobile?: string, more?: MoreAboutPerson): Promise<Person>;
  setMobile(person: Person, mobile: string | null): Promise<void>;
  /** Another user name, another DN, the same id. */
  rename(person: Person): Promise<Person>;
  /** To where the agent does not look. */
  moveOut(person: Person): Promise<Person>;
  moveBack(person: Person): Promise<Person>;
  disable(person: Person): Promise<void>;
  /** Privileged from now on. */
  protect(person: Person): Promise<void>;
  expire(person: Person): Promise<void>;
  remove(person: Person): Promise<void>;
  /** With wrong passwords, as a stranger would. */
  lock(person: Person): Promise<void>;
  /** Does this password open the account, by a bind? */
  opens(person: Person, password: string): Promise<boolean>;
  /** Must another password be chosen at the next sign-in, as the directory has it? */
  mustChange(person: Person): Promise<boolean>;
  /** When the password last changed, as the directory prints it. */
  passwordChanged(person: Person): Promise<string>;
  stop(): Promise<void>;
}
