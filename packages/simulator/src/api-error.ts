/** A refusal with the vendor's error body: HTTP status, code and text of `{"result":{"code","message"}}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const notFound = (message = 'No entity found for query'): ApiError =>
  new ApiError(404, 'NOT_FOUND_ERROR', message);
export const badRequest = (message: string): ApiError => new ApiError(400, 'BAD_REQUEST_ERROR', message);
export const illegalArgument = (message: string): ApiError =>
  new ApiError(400, 'ILLEGAL_ARGUMENT_ERROR', message);
export const fieldInvalid = (message: string): ApiError =>
  new ApiError(400, 'FIELD_VALIDATION_ERROR', message);
export const forbidden = (message: string): ApiError => new ApiError(403, 'WEB_APPLICATION_ERROR', message);
export const tooManyCalls = (): ApiError =>
  new ApiError(500, 'GENERAL_ERROR', 'Reached max concurrent attempts');
