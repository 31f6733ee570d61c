import '../lib';
