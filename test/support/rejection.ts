import { AppError } from "../../shared/errors.ts";

/** Returns the AppError that a promise is rejected with. Fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
