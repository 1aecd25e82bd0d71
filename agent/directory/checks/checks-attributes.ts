/** `doctor`'s check that the server knows the attributes of the configuration. */
import type { AttributeMapping } from "../../config.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { describeUnknown, unknownAttributes } from "../entries/known-attributes.ts";
import { type CheckStep, fail, pass, skip } from "./check-step.ts";

export function attributeChecks(
  { sessions, config }: DirectoryContext,
  attributes: AttributeMapping,
): CheckStep[] {
  return [
    {
      name: "attributes",
      needs: ["sign-in"],
      run() {
        const { schema } = sessions;
        if (schema === null)
          return Promise.resolve(
            skip(
              `the server shows ${sessions.nameOf("read")} no schema, so the names of attributes were not checked`,
            ),
          );
        const unknown = unknownAttributes(config, attributes, schema);
        return Promise.resolve(
          unknown.length === 0
            ? pass("the server knows all attributes of the configuration")
            : fail(
                describeUnknown(unknown),
                "Correct the names in the agent's configuration, then restart it.",
              ),
        );
      },
    },
  ];
}
