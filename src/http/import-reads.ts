import { listImportRows } from '../../db/import-rows.ts';
import { listImports } from '../../db/imports.ts';
import { ok } from '../domain/failures.ts';
import { callerIn } from './auth.ts';
import type { Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { findNamed, findNamedWithRows, withProgress } from './import-views.ts';
import { importListQuery, parseRequest, rowListQuery } from './requests.ts';

/** The history, newest first. */
export const listAll =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const query = parseRequest(importListQuery, req.query);
    return query.ok ? ok({ body: await listImports(deps.db, callerIn(res).dealers, query.value) }) : query;
  };

export const showOne =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    return view.ok ? ok({ body: await withProgress(deps, view.value) }) : view;
  };

/** The file's rows with their fate, in the file's order. */
export const listRows =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const query = parseRequest(rowListQuery, req.query);
    if (!query.ok) return query;
    const view = await findNamedWithRows(deps, req, res);
    if (!view.ok) return view;
    const { status: outcome, limit, cursor } = query.value;
    return ok({ body: await listImportRows(deps.db, view.value.id, { outcome, limit, cursor }) });
  };
