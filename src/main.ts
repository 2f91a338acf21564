import { runService } from './service';

void runService(process.env);
