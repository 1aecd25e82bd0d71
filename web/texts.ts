/** Texts in the user's language. The page carries them as JSON in an attribute. */
export type Texts = (key: string) => string;

export function textsOf(element: HTMLElement, name: string): Texts {
  const parsed: unknown = JSON.parse(element.dataset[name] ?? "{}");
  return (key) => {
    const text: unknown = Reflect.get(Object(parsed), key);
    return typeof text === "string" ? text : "";
  };
}
