import { expect } from "chai";
import { refusalOf, translateNetworkError } from "../../../agent/cloud-http.ts";
import { AppError } from "../../../shared/errors.ts";

describe("the cloud's refusals and the network's errors", () => {
  const url = new URL("https://cloud.example.com");
  const fault = (code: string): Error => Object.assign(new Error("x"), { code });

  it("are the cloud's own code where it gives one", () => {
    const body = JSON.stringify({ code: "AGENT_LOCKED", message: "locked" });
    expect(refusalOf(403, {}, body)).to.include({ code: "AGENT_LOCKED", message: "locked" });
  });

  for (const status of [401, 403, 404, 426])
    it(`are a proxy's or web filter's for a bare ${status}`, () => {
      const { code, message } = refusalOf(status, {}, "<html>");
      expect(code).to.equal("CLOUD_UNREACHABLE");
      expect(message)
        .to.contain(`HTTP ${status}, and not as a Latchkey cloud`)
        .and.to.contain("a proxy or web filter in between");
    });

  it("are of a proxy that does not reach the cloud for a bare 502", () => {
    expect(refusalOf(502, {}, "<html>").message).to.contain("a proxy in front of the cloud may not reach it");
  });

  it("keep the time after which to come back, an hour at most", () => {
    expect(refusalOf(503, { "retry-after": "7" }, "").details).to.deep.equal({ retryAfterMs: 7_000 });
    expect(refusalOf(503, { "retry-after": "999999" }, "").details).to.deep.equal({
      retryAfterMs: 3_600_000,
    });
    expect(refusalOf(503, { "retry-after": "soon" }, "").details).to.deep.equal({});
  });

  it("tell a certificate from a network that is down", () => {
    for (const code of ["CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID"])
      expect(translateNetworkError(fault(code), url).code).to.equal("CLOUD_CERTIFICATE_INVALID");
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "ABORT_ERR", "ECONNRESET"])
      expect(translateNetworkError(fault(code), url).code).to.equal("CLOUD_UNREACHABLE");
    const ours = new AppError("PROXY_REFUSED");
    expect(translateNetworkError(ours, url)).to.equal(ours);
  });
});
