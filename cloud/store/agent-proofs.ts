/**
 * Says which facts of agents, enrolment tokens and sources carry a MAC, because they decide who writes users, reads passwords and
 * takes jobs. A node computes the MAC and the functions of Redis store it. They change the other fields themselves, and those only
 * restrict: an agent that is revoked or locked, a token that is used.
 */

/** The identity that enrolled, and with which right. Made when the agent enrols. */
export interface Enrolment {
  readonly name: string;
  /** Ed25519 public key in base64url. */
  readonly identityKey: string;
  /** Epoch ms. */
  readonly enrolledAt: number;
  /** True when the tenant had never had an approved agent when the token was made: only such an agent may sync before its approval. */
  readonly isFirst: boolean;
}

/** Decision of an administrator. A function that revokes or locks the agent removes its MAC. */
export interface ApprovalFacts {
  readonly identityKey: string;
  readonly source: number;
  /** The directory's key of the source. */
  readonly sourceKey: string;
  /** Epoch ms. */
  readonly decidedAt: number;
  /** `key:<id>`. */
  readonly decidedBy: string;
}

export interface TokenFacts {
  readonly name: string;
  readonly cidrs: string;
  readonly createdBy: string;
  readonly publicKey: string;
  readonly isFirst: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** The directory behind the number of a source. Its name may change. */
export interface SourceFacts {
  readonly number: number;
  /** The directory's identity as JSON. */
  readonly identity: string;
  /** Epoch ms. For 30 days, a first run of the source may take phone numbers as old. */
  readonly createdAt: number;
  readonly createdBy: string;
}

// The text starts with its kind, because an agent's record has two MACs under the same key.
export const enrolmentText = ({ name, identityKey, enrolledAt, isFirst }: Enrolment): string =>
  JSON.stringify(["enrolment", name, identityKey, enrolledAt, isFirst]);
export const approvalText = (facts: ApprovalFacts): string => {
  const { identityKey, source, sourceKey, decidedAt, decidedBy } = facts;
  return JSON.stringify(["approval", identityKey, source, sourceKey, decidedAt, decidedBy]);
};
export const tokenText = ({ name, cidrs, createdBy, publicKey, isFirst, expiresAt }: TokenFacts): string =>
  JSON.stringify(["token", name, cidrs, createdBy, publicKey, isFirst, expiresAt]);
export const sourceText = ({ number, identity, createdAt, createdBy }: SourceFacts): string =>
  JSON.stringify(["source", number, identity, createdAt, createdBy]);

/** One MAC of a stored record: the field that holds it, the text that it covers, and the MAC, `""` for none. */
export interface Proof {
  readonly field: string;
  readonly text: string;
  readonly mac: string;
}
