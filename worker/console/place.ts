/** Where the console answers, on the bot's own address. At the dashboard's hostname there is none. */
export const consolePath = "/console";
