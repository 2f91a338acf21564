import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Controller, Get, Header, Inject, Param, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { HttpContract } from '../common/http-contract.decorator';
import { Problem } from '../common/problem';
import { OBJECT_STORAGE, type ObjectStorage } from '../storage/object-storage.interface';
import { pagePolicy, storeOrigins } from './page-policy';

const FOLDER = join(__dirname, 'page');
const FILES = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript' };

/** The page, and its files by name. No part of the API: it uses nothing but that. */
@ApiExcludeController()
@HttpContract()
@Controller('demo')
export class DemoController {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly store: ObjectStorage,
    private readonly adapters: HttpAdapterHost,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async show(@Res({ passthrough: true }) response: object): Promise<string> {
    const policy = pagePolicy(await storeOrigins(this.store));
    this.adapters.httpAdapter.setHeader(response, 'Content-Security-Policy', policy);
    return FILES.get('demo.html')!;
  }

  @Get(':file')
  @Header('Cache-Control', 'no-cache')
  file(@Param('file') name: string, @Res({ passthrough: true }) response: object): string {
    const [text, type] = [FILES.get(name), TYPES[extname(name)]];
    if (text === undefined || type === undefined) throw new Problem('NOT_FOUND');
    this.adapters.httpAdapter.setHeader(response, 'Content-Type', `${type}; charset=utf-8`);
    return text;
  }
}
