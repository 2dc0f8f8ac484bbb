import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { isConnectionError } from '@saga-checkout/database';
import type { createLogger } from '@saga-checkout/service';
import type { Response } from 'express';

/** Every error of the HTTP interface as `{code, message}`; what is not the client's doing is logged, and told without its insides. */
@Catch()
export class HttpErrorsFilter implements ExceptionFilter {
  readonly #log: ReturnType<typeof createLogger>;

  constructor(log: ReturnType<typeof createLogger>) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { status, code, message } = this.#describe(error);
    response.status(status).json({ code, message });
  }

  #describe(error: unknown): { status: number; code: string; message: string } {
    if (error instanceof HttpException) {
      const body = error.getResponse();
      const code = typeof body === 'object' && 'code' in body ? String(body.code) : 'NOT_FOUND';
      return { status: error.getStatus(), code, message: error.message };
    }
    this.#log.error({ err: error }, 'a request failed');
    return isConnectionError(error)
      ? { status: 503, code: 'DATABASE_UNAVAILABLE', message: 'the database cannot be reached; try again' }
      : { status: 500, code: 'INTERNAL', message: 'the request failed; the log says why' };
  }
}
