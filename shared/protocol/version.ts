/** A peer speaks its own version and the one before. Adding an optional field is compatible; everything else raises it. */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_VERSION_MIN = 1;
export const SUBPROTOCOL = "latchkey.v1";
export const AGENT_PATH = "/agent/v1";

/** Product version, the same for all three programs. */
export const PRODUCT_VERSION = "0.1.0";
