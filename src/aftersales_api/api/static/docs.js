Scalar.createApiReference("#app", {
  url: "/openapi.json",
  withDefaultFonts: false,
  proxyUrl: "",
  servers: [{ url: window.location.origin }],
  authentication: { preferredSecurityScheme: "ApiKey" },
  telemetry: false,
  hideClientButton: true,
  agent: { disabled: true },
});
