/** Changes to one entry (RFC 4511 section 4.6), as the other rooms of agent/directory make them. */
import { Attribute, Change } from "ldapts";

export interface Modification {
  readonly operation: "add" | "delete" | "replace";
  readonly attribute: string;
  readonly values: readonly Buffer[];
}

type Value = Buffer | string;
const toBytes = (value: Value): Buffer => (typeof value === "string" ? Buffer.from(value) : value);

const modification = (
  operation: Modification["operation"],
  attribute: string,
  values: readonly Value[],
): Modification => ({ operation, attribute, values: values.map(toBytes) });

export const addValues = (attribute: string, ...values: Value[]): Modification =>
  modification("add", attribute, values);
export const deleteValues = (attribute: string, ...values: Value[]): Modification =>
  modification("delete", attribute, values);
/** Without values: removes the attribute, and succeeds also where it is absent, which a delete does not. */
export const replaceValues = (attribute: string, ...values: Value[]): Modification =>
  modification("replace", attribute, values);

/** Converts to the form that ldapts encodes. */
export const toChange = ({ operation, attribute, values }: Modification): Change =>
  new Change({ operation, modification: new Attribute({ type: attribute, values: [...values] }) });
