import { AppError } from "../../shared/errors.ts";

/** The AppError a promise is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
