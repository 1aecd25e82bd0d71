/**
 * A peer supports its own protocol version and the one before. A new optional field is compatible; every other change
 * needs a new version.
 */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_VERSION_MIN = 1;
export const SUBPROTOCOL = "latchkey.v1";
export const AGENT_PATH = "/agent/v1";

/** Version of the product, the same for all three programs. */
export const PRODUCT_VERSION = "0.1.0";
