/** Style sheets are bundled beside the module; importing one gives nothing. */
declare module "*.css";
