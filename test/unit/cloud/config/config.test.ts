import { expect } from "chai";
import { cloudConfigSchema } from "../../../../cloud/config/config.ts";

const problemsOf = (publicUrl: string): string =>
  cloudConfigSchema
    .safeParse({ publicUrl })
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
    .join("\n") ?? "";

describe("publicUrl", () => {
  for (const [given, read] of [
    ["https://latchkey.example.com", "https://latchkey.example.com"],
    ["https://latchkey.example.com/", "https://latchkey.example.com"],
    ["https://Latchkey.Example.com:443", "https://latchkey.example.com"],
    ["https://latchkey.example.com:8443", "https://latchkey.example.com:8443"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://localhost:8080/", "http://localhost:8080"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ] as const)
    it(`may be ${given}`, () => {
      expect(cloudConfigSchema.parse({ publicUrl: given }).publicUrl).to.equal(read);
    });

  for (const [given, problem] of [
    ["latchkey.example.com", "must be an https:// URL such as"],
    ["ftp://latchkey.example.com", "must be an https:// URL such as"],
    ["https:latchkey.example.com", "must be an https:// URL such as"],
    ["https://latchkey.example.com:99999", "must be an https:// URL such as"],
    ["http://latchkey.example.com", "must be https://, such as https://latchkey.example.com"],
    ["http://192.168.1.5:8080", "must be https://, such as https://192.168.1.5:8080"],
    ["http://0.0.0.0:8080", "must be https://"],
    ["http://127.0.0.1.example.com", "must be https://"],
    ["https://example.com/latchkey", "without a path, query or fragment; write https://example.com"],
    ["https://example.com/?tenant=a", "without a path, query or fragment"],
    ["https://example.com?", "without a path, query or fragment"],
    ["https://example.com/#start", "without a path, query or fragment"],
    [
      "https://admin:secret@example.com",
      "must not contain a user name or password; write https://example.com",
    ],
    ["https://example.com:0", "must not have port 0"],
    ["https://example.com:80", "must not be https:// on port 80"],
    ["http://127.0.0.1:443", "must not be http:// on port 443"],
  ] as const)
    it(`must not be ${given}`, () => {
      expect(problemsOf(given))
        .to.contain("publicUrl: ")
        .and.to.contain(problem)
        .and.not.to.contain("secret");
    });
});
