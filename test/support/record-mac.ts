/** The record key of every node in the tests, so that a test can read and write the records of a cloud it started. */
import { createRecordMac } from "../../cloud/keys/record-mac.ts";
import { Secret } from "../../shared/secret.ts";

export const RECORD_SEED = new Secret(Buffer.alloc(32, 7).toString("base64url"));

export const testMac = createRecordMac([RECORD_SEED]);
