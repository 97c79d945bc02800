import { keepsSecrets } from '../support/canary-suite.js';

keepsSecrets('aes-256-gcm');
